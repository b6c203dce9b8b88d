from django.apps import AppConfig
from django.core import checks


class ClinicInfoConfig(AppConfig):
    name = "clinic_info"
    verbose_name = "Clinic"

    def ready(self) -> None:
        from clinic_info.details import ClinicDetails
        from clinic_info.notices.models import Notice
        from clinic_info.opening_hours.holidays import check_place
        from clinic_info.opening_hours.models import OpeningHours
        from clinic_site import content_version

        content_version.watch(ClinicDetails, Notice, OpeningHours)
        checks.register(check_place)
