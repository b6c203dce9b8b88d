from django.urls import path

from clinic_info.newsletter import archive, views

urlpatterns = [
    path("", views.sign_up, name="newsletter"),
    path("check-your-inbox/", views.check_inbox, name="newsletter_check_inbox"),
    path("confirm/<str:token>/", views.confirm, name="newsletter_confirm"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="newsletter_unsubscribe"),
    path("archive/", archive.archive, name="newsletter_archive"),
    path("archive/feed/", archive.ArchiveFeed(), name="newsletter_feed"),
    path("archive/<int:pk>/", archive.issue, name="newsletter_issue"),
]
