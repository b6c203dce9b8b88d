"""Who may change hours and notices. Name and address are not Reception's any more."""

from django.db import migrations

PERMISSIONS = {
    "openinghours": ["change_openinghours"],
    "notice": ["add_notice", "change_notice", "delete_notice", "view_notice"],
}
GROUPS = ["Editors", "Reception"]


def give(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    groups = Group.objects.filter(name__in=GROUPS)
    for model, codenames in PERMISSIONS.items():
        content_type, _created = ContentType.objects.get_or_create(
            app_label="clinic_info", model=model
        )
        for codename in codenames:
            # The permissions of an app do not exist while its migrations run.
            permission, _created = Permission.objects.get_or_create(
                content_type=content_type,
                codename=codename,
                defaults={"name": f"Can {codename.replace('_', ' ')}"},
            )
            for group in groups:
                group.permissions.add(permission)
    _details(apps, "remove")


def take(apps, schema_editor):
    Permission = apps.get_model("auth", "Permission")
    codenames = [name for names in PERMISSIONS.values() for name in names]
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(
            *Permission.objects.filter(
                content_type__app_label="clinic_info", codename__in=codenames
            )
        )
    _details(apps, "add")


def _details(apps, change):
    """Take from Reception, or give back, the right to change name and address."""
    Permission = apps.get_model("auth", "Permission")
    found = Permission.objects.filter(
        content_type__app_label="clinic_info", codename="change_clinicdetails"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Reception"):
        getattr(group.permissions, change)(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_info", "0004_opening_hours_and_notices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, take)]
