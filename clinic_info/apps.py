from django.apps import AppConfig


class ClinicInfoConfig(AppConfig):
    name = "clinic_info"
    verbose_name = "Clinic"
