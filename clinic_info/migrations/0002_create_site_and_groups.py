"""A site to start from: its first pages, its groups of staff, its workflow.

Wagtail's own migrations have made a welcome page, the groups Editors and Moderators, and
a workflow in which Moderators approve.
"""

from django.db import migrations

# The permissions of an app do not exist while its migrations run: they are made here,
# as Wagtail's own migrations do it.
SNIPPET_PERMISSIONS = [
    ("articles", model, action)
    for model in ("topic", "author")
    for action in ("add", "change")
]
CLINIC_PERMISSIONS = [("clinic_info", "clinicdetails", "change")]
ADMIN_PERMISSIONS = [("wagtailadmin", "admin", "access")]


def create_pages(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Locale = apps.get_model("wagtailcore", "Locale")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    HomePage = apps.get_model("clinic_info", "HomePage")
    ArticleIndexPage = apps.get_model("articles", "ArticleIndexPage")
    if HomePage.objects.exists():
        return
    Page.objects.filter(depth=2, slug="home").delete()
    shared = {"locale": Locale.objects.get(), "live": True}
    root = Page.objects.get(depth=1)
    home = HomePage.objects.create(
        title="Home",
        draft_title="Home",
        slug="home",
        path=root.path + "0001",
        depth=2,
        numchild=1,
        url_path="/home/",
        content_type=_content_type(ContentType, "clinic_info", "homepage"),
        **shared,
    )
    ArticleIndexPage.objects.create(
        title="Articles",
        draft_title="Articles",
        slug="articles",
        path=home.path + "0001",
        depth=3,
        numchild=0,
        url_path="/home/articles/",
        show_in_menus=True,
        content_type=_content_type(ContentType, "articles", "articleindexpage"),
        **shared,
    )
    root.numchild = 1
    root.save(update_fields=["numchild"])
    # Host and port follow SITE_URL after every migrate.
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)


def create_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Task = apps.get_model("wagtailcore", "Task")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    Group.objects.filter(name="Moderators").update(name="Medical reviewers")
    Task.objects.filter(name="Moderators approval").update(name="Medical review")
    Workflow.objects.filter(name="Moderators approval").update(name="Medical review")
    Group.objects.get_or_create(name="Reception")
    for name, permissions in {
        "Editors": SNIPPET_PERMISSIONS + CLINIC_PERMISSIONS,
        "Medical reviewers": SNIPPET_PERMISSIONS + CLINIC_PERMISSIONS,
        "Reception": ADMIN_PERMISSIONS + CLINIC_PERMISSIONS,
    }.items():
        group = Group.objects.get(name=name)
        for permission in permissions:
            group.permissions.add(_permission(apps, *permission))


def remove_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Task = apps.get_model("wagtailcore", "Task")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    Group.objects.filter(name="Reception").delete()
    Group.objects.filter(name="Medical reviewers").update(name="Moderators")
    Task.objects.filter(name="Medical review").update(name="Moderators approval")
    Workflow.objects.filter(name="Medical review").update(name="Moderators approval")


def _content_type(ContentType, app_label, model):
    return ContentType.objects.get_or_create(app_label=app_label, model=model)[0]


def _permission(apps, app_label, model, action):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    return Permission.objects.get_or_create(
        content_type=_content_type(ContentType, app_label, model),
        codename=f"{action}_{model}",
        defaults={"name": f"Can {action} {model}"},
    )[0]


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_info", "0001_initial"),
        ("articles", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
        # After these, which hand "choose" to every group that may enter the admin.
        ("wagtaildocs", "0014_alter_document_file_size"),
        ("wagtailimages", "0027_image_description"),
    ]

    operations = [
        # Going back leaves the pages: by then they hold the clinic's content.
        migrations.RunPython(create_pages, migrations.RunPython.noop),
        migrations.RunPython(create_groups, remove_groups),
    ]
