"""Publish the article with each title that is read: `python -m bench.editor`."""

import sys

import django


def main() -> None:
    from articles.pages.article import ArticlePage

    for line in sys.stdin:
        article = ArticlePage.objects.get(slug="how-micro-needling-works")
        article.title = line.strip()
        article.save_revision().publish()
        print("published", flush=True)


if __name__ == "__main__":
    django.setup()
    main()
