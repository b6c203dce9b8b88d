from collections.abc import Callable, Iterable

import pytest
from django.contrib.auth.models import AbstractUser, Group
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from wagtail.models import (
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Site,
    Task,
    Workflow,
)

from articles.pages.index import ArticleIndexPage
from clinic_info.pages import HomePage

Staff = Callable[[str], AbstractUser]

FIRST_MIGRATION = ("clinic_info", "0001_initial")
GROUPS = {"Editors", "Medical reviewers", "Reception"}
SNIPPETS = {
    f"articles.{action}_{model}"
    for action in ("add", "change")
    for model in ("topic", "author")
}


def permissions(group: str) -> set[str]:
    entries = Group.objects.get(name=group).permissions.values_list(
        "content_type__app_label", "codename"
    )
    return {f"{app}.{codename}" for app, codename in entries}


def page_permissions(group: str) -> set[tuple[int, str]]:
    entries = GroupPagePermission.objects.filter(group__name=group)
    return set(entries.values_list("page__depth", "permission__codename"))


def collection_permissions(group: str) -> set[tuple[int, str]]:
    entries = GroupCollectionPermission.objects.filter(group__name=group)
    return set(entries.values_list("collection__depth", "permission__codename"))


def rights_of_groups() -> dict[str, list[set[object]]]:
    kinds = (permissions, page_permissions, collection_permissions)
    return {name: [kind(name) for kind in kinds] for name in sorted(GROUPS)}


def problems() -> Iterable[list[object]]:
    """Return what treebeard finds wrong with the page tree, kind by kind."""
    return [list(kind) for kind in Page.find_problems()]


def test_there_are_three_groups(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == GROUPS


def test_editors_write_everywhere_and_publish_nowhere(
    staff: Staff, home: HomePage, index: ArticleIndexPage
) -> None:
    editor = staff("Editors")

    assert {codename for _depth, codename in page_permissions("Editors")} == {
        "add_page",
        "change_page",
    }
    for page in (home, index):
        tester = page.permissions_for_user(editor)
        assert tester.can_add_subpage()
        assert tester.can_edit()
        assert not tester.can_publish()
        assert not tester.can_publish_subpage()
        assert not tester.can_unpublish()


def test_medical_reviewers_write_and_publish_everywhere(
    staff: Staff, home: HomePage, index: ArticleIndexPage
) -> None:
    reviewer = staff("Medical reviewers")

    for page in (home, index):
        tester = page.permissions_for_user(reviewer)
        assert tester.can_add_subpage()
        assert tester.can_edit()
        assert tester.can_publish()
        assert tester.can_unpublish() or page == home


def test_reception_enters_the_admin_but_touches_no_page(
    staff: Staff, home: HomePage, index: ArticleIndexPage, client: Client
) -> None:
    receptionist = staff("Reception")

    assert page_permissions("Reception") == set()
    for page in (home, index):
        tester = page.permissions_for_user(receptionist)
        assert not tester.can_add_subpage()
        assert not tester.can_edit()
        assert not tester.can_publish()
    client.force_login(receptionist)
    assert client.get("/admin/").status_code == 200
    # Wagtail shows who may not do something the way back.
    assert client.get(f"/admin/pages/{index.pk}/edit/").status_code == 302


@pytest.mark.parametrize("group", ["Editors", "Medical reviewers"])
def test_writers_care_for_topics_and_authors(db: None, group: str) -> None:
    assert permissions(group) >= SNIPPETS | {
        "wagtailadmin.access_admin",
        "clinic_info.change_clinicdetails",
    }


@pytest.mark.parametrize(
    ("group", "may"),
    [("Editors", True), ("Medical reviewers", True), ("Reception", False)],
)
def test_writers_may_change_the_clinics_details(
    staff: Staff, client: Client, group: str, may: bool
) -> None:
    client.force_login(staff(group))

    answer = client.get("/admin/settings/clinic_info/clinicdetails/", follow=True)

    assert answer.status_code == 200
    assert (b'name="phone"' in answer.content) is may


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_nobody_but_administrators_manages_people(
    staff: Staff, client: Client, group: str
) -> None:
    client.force_login(staff(group))

    assert client.get("/admin/users/").status_code == 302
    assert not {name for name in permissions(group) if name.startswith("auth.")}


@pytest.mark.parametrize(
    ("group", "may"),
    [("Editors", True), ("Medical reviewers", True), ("Reception", False)],
)
def test_writers_may_upload_pictures_and_documents(
    staff: Staff, client: Client, group: str, may: bool
) -> None:
    client.force_login(staff(group))

    for path in ("/admin/images/add/", "/admin/documents/add/"):
        assert (client.get(path).status_code == 200) is may


def test_every_page_goes_through_medical_review(
    home: HomePage, index: ArticleIndexPage
) -> None:
    workflow = Workflow.objects.get()
    task = workflow.tasks.get()

    assert str(workflow) == "Medical review"
    assert workflow.active
    assert isinstance(task.specific, GroupApprovalTask)
    assert [group.name for group in task.specific.groups.all()] == ["Medical reviewers"]
    assert str(task) == "Medical review"
    assert task.active
    assert Task.objects.count() == 1
    for page in (Page.get_first_root_node(), home, index):
        assert page.get_workflow() == workflow


def test_a_site_begins_with_a_home_page_and_a_list_of_articles(site: Site) -> None:
    home = HomePage.objects.get()
    index = ArticleIndexPage.objects.get()

    assert site.is_default_site
    assert site.root_page.specific == home
    assert home.live
    assert index.live
    assert index.show_in_menus
    assert index.get_parent().specific == home
    assert index.url == "/articles/"
    assert Page.objects.count() == 3, "the root, home and the list"
    assert not Page.objects.filter(title__icontains="welcome to your new").exists()


def test_the_page_tree_is_sound(db: None) -> None:
    assert problems() == [[], [], [], [], []]


def test_a_new_page_can_be_added_below_the_first_ones(
    home: HomePage, index: ArticleIndexPage
) -> None:
    home.add_child(instance=Page(title="Below home", slug="below-home"))
    index.add_child(instance=Page(title="Below the list", slug="below-list"))

    assert problems() == [[], [], [], [], []]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_migration_goes_back_and_forth() -> None:
    before = rights_of_groups()
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()

    executor.migrate([FIRST_MIGRATION])
    try:
        groups = set(Group.objects.values_list("name", flat=True))
        assert groups == {"Editors", "Moderators"}
        assert Workflow.objects.get().name == "Moderators approval"
        assert Task.objects.get().name == "Moderators approval"
        # By then they hold the clinic's content.
        assert Page.objects.filter(slug__in=["home", "articles"]).count() == 2
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)

    assert rights_of_groups() == before
    assert set(Group.objects.values_list("name", flat=True)) == GROUPS
    assert Workflow.objects.get().name == "Medical review"
    assert Page.objects.count() == 3
    assert Site.objects.get().root_page.slug == "home"
    assert problems() == [[], [], [], [], []]
