"""Who decides about comments: everyone who edits, and reception."""

from django.db import migrations

# The permissions of an app do not exist while its migrations run: they are made here.
NAMES = {
    "view_comment": "Can view comment",
    "change_comment": "Can change comment",
    "delete_comment": "Can delete comment",
    "answer_comment": "Can answer comments for the clinic",
}
GROUPS = {
    "Editors": list(NAMES),
    "Medical reviewers": ["view_comment", "change_comment", "answer_comment"],
    "Reception": list(NAMES),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    comment = ContentType.objects.get_or_create(app_label="articles", model="comment")[
        0
    ]
    settings = ContentType.objects.get_or_create(
        app_label="articles", model="commentsettings"
    )[0]
    change_settings = Permission.objects.get_or_create(
        content_type=settings,
        codename="change_commentsettings",
        defaults={"name": "Can change comments"},
    )[0]
    for name, codenames in GROUPS.items():
        # A clinic may have renamed or deleted a group.
        group = Group.objects.filter(name=name).first()
        if group is None:
            continue
        group.permissions.add(change_settings)
        for codename in codenames:
            permission = Permission.objects.get_or_create(
                content_type=comment,
                codename=codename,
                defaults={"name": NAMES[codename]},
            )[0]
            group.permissions.add(permission)


def withdraw(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    permissions = Permission.objects.filter(
        content_type__app_label="articles",
        codename__in=[*NAMES, "change_commentsettings"],
    )
    for group in Group.objects.filter(name__in=GROUPS):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_info", "0002_create_site_and_groups"),
        ("articles", "0005_comments"),
    ]

    operations = [migrations.RunPython(grant, withdraw)]
