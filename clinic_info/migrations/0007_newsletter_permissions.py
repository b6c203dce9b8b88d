"""Who writes and sends the newsletter, and who cares for its subscribers."""

from django.db import migrations

WRITERS = [
    ("clinic_info", "issue", "add_issue"),
    ("clinic_info", "issue", "change_issue"),
    ("clinic_info", "issue", "delete_issue"),
    ("clinic_info", "issue", "send_issue"),
]
LOOKERS = [("clinic_info", "subscriber", "view_subscriber")]
CARERS = [
    *LOOKERS,
    ("clinic_info", "subscriber", "add_subscriber"),
    ("clinic_info", "subscriber", "change_subscriber"),
    ("clinic_info", "subscriber", "delete_subscriber"),
    ("clinic_info", "subscriber", "import_subscriber"),
    ("clinic_info", "subscriber", "export_subscriber"),
    ("clinic_site", "outgoingmail", "view_outgoingmail"),
    ("clinic_site", "outgoingmail", "change_outgoingmail"),
]
GROUPS = {
    "Editors": WRITERS + LOOKERS,
    "Medical reviewers": WRITERS + LOOKERS,
    "Reception": WRITERS + CARERS,
}
NAMES = {
    "send_issue": "Can send newsletter issues",
    "import_subscriber": "Can import subscribers",
    "export_subscriber": "Can export subscribers",
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, permissions in GROUPS.items():
        group = Group.objects.filter(name=name).first()
        if group is None:
            continue
        for app_label, model, codename in permissions:
            # They do not exist while the migrations of their app run.
            content_type, _made = ContentType.objects.get_or_create(
                app_label=app_label, model=model
            )
            shown = codename.replace("_", " ")
            permission, _made = Permission.objects.get_or_create(
                content_type=content_type,
                codename=codename,
                defaults={"name": NAMES.get(codename, f"Can {shown}")},
            )
            group.permissions.add(permission)


def take_away(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, permissions in GROUPS.items():
        for group in Group.objects.filter(name=name):
            for app_label, _model, codename in permissions:
                group.permissions.remove(
                    *Permission.objects.filter(
                        content_type__app_label=app_label, codename=codename
                    )
                )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic_info", "0006_newsletter"),
        ("clinic_site", "0005_job_worker"),
    ]

    operations = [migrations.RunPython(grant, take_away)]
