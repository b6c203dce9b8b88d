"""What the editor sends when staff save an article."""

from typing import Any

from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from articles.blocks.text import TEXT_FEATURES


def section_data(
    heading: str, text: str = "<p>Text.</p>", *, id: str = "", anchor: str = ""
) -> dict[str, Any]:
    """Return a section as the form sends it."""
    paragraph = ("paragraph", rich_text(text, features=TEXT_FEATURES))
    return {
        "id": id,
        "value": {
            "heading": heading,
            "anchor": anchor,
            "content": streamfield([paragraph]),
        },
    }


def article_data(
    *sections: dict[str, Any],
    references: list[dict[str, str]] | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Return an article's whole form; `values` are its plain fields."""
    body = streamfield([("section", section["value"]) for section in sections])
    for position, section in enumerate(sections):
        body[str(position)]["id"] = section["id"]
    return nested_form_data(
        {
            "title": "Micro needling",
            "slug": "micro-needling",
            "standfirst": "",
            "topic": "",
            "authors": streamfield([]),
            "hero_image": "",
            "hero_caption": "",
            "body": body,
            "references": streamfield(
                [("reference", reference) for reference in references or []]
            ),
            "first_published_at": "",
            "updated_on": "",
            "related_articles": streamfield([]),
            "comments_allowed": "on",
            "sponsorship": "",
            "seo_title": "",
            "search_description": "",
            "social_image": "",
            **values,
        }
    )
