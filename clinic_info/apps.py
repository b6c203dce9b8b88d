from django.apps import AppConfig


class ClinicInfoConfig(AppConfig):
    name = "clinic_info"
    verbose_name = "Clinic"

    def ready(self) -> None:
        from clinic_info.details import ClinicDetails
        from clinic_site import content_version

        content_version.watch(ClinicDetails)
