from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from articles.pages.article import ArticlePage
from articles.pages.index import ArticleIndexPage


def run(*arguments: str | Path) -> str:
    output = StringIO()
    call_command("import_articles", *map(str, arguments), stdout=output)
    return output.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.md").write_text("# Good\n\nText.\n\n## More\n\nText.\n")
    (tmp_path / "also").mkdir()
    (tmp_path / "also" / "better.md").write_text("# Better\n\nText.\n")
    (tmp_path / ".hidden.md").write_text("# Hidden\n\nText.\n")
    (tmp_path / "notes.txt").write_text("no article")
    return tmp_path


def test_a_folder_is_imported_with_a_line_for_each_file(
    index: ArticleIndexPage, folder: Path
) -> None:
    receipt = run(folder)
    assert "created    good: 2 sections, 0 pictures, 0 references, draft" in receipt
    assert "created    better: 1 sections" in receipt
    assert "2 created" in receipt
    assert ArticlePage.objects.count() == 2


def test_what_is_wrong_is_said_with_file_and_line_and_the_rest_goes_on(
    index: ArticleIndexPage, folder: Path
) -> None:
    bad = folder / "bad.md"
    bad.write_text("---\ntitle: Bad\npublished: someday\nauthor: X\n---\nText.")
    output = StringIO()
    with pytest.raises(CommandError, match="2 created, 1 failed") as raised:
        call_command("import_articles", str(folder), stdout=output)
    assert raised.value.returncode == 1
    assert f"failed     {bad}:3: " in output.getvalue()
    assert f"failed     {bad}:4: " in output.getvalue()
    assert ArticlePage.objects.count() == 2


def test_a_dry_run_says_so(index: ArticleIndexPage, folder: Path) -> None:
    receipt = run(folder, "--dry-run")
    assert "2 created (dry run: nothing was stored)" in receipt
    assert ArticlePage.objects.count() == 0


def test_an_unchanged_file_ends_well(index: ArticleIndexPage, folder: Path) -> None:
    run(folder / "good.md", "--publish")
    assert "1 unchanged" in run(folder / "good.md", "--publish")


def test_a_path_that_is_not_there_is_an_error(index: ArticleIndexPage) -> None:
    with pytest.raises(CommandError, match=r"no-such\.md"):
        run("no-such.md")


def test_a_folder_without_articles_is_an_error(
    index: ArticleIndexPage, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="No Markdown"):
        run(tmp_path)
