import pytest

from clinic_site.mail.delivery import PermanentError, Stage, UnknownOutcomeError
from clinic_site.mail.outcomes import explained


@pytest.mark.parametrize("stage", Stage)
def test_staff_read_in_words_what_a_server_said(stage: Stage) -> None:
    words = explained(str(PermanentError(stage, 550, "5.7.1")))

    assert words.startswith("The mail server refused ")
    assert words.endswith(" (550 5.7.1).")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (str(UnknownOutcomeError(Stage.CONTENT)), "The mail server did not answer."),
        ("content 451", "The mail server refused the mail (451)."),
        ("worker died", "The sending program stopped in the middle of it."),
        ("KeyError", "The site could not write this mail (KeyError)."),
        # What nobody has words for stays as it is.
        ("moon 550", "moon 550"),
        ("", ""),
    ],
)
def test_every_outcome_has_words(outcome: str, words: str) -> None:
    assert explained(outcome) == words
