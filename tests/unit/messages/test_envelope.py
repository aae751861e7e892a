"""Mails as bytes, read back by the standard library's parser."""

import email
import email.policy
import re
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.messages.envelope import LONGEST_LINE, BadHeader, alternatives, header

HEADERS = (("Subject", "Your appointment"), ("To", "ann@mail.example"))
TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]) | st.sampled_from("\n.=- é\u2013\U0001f600")
)


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def texts(content: bytes) -> list[str]:
    return [part.get_payload(decode=True).decode() for part in read(content).iter_parts()]


@given(st.lists(TEXT.map("Dear {}".format), min_size=1, max_size=3))
def test_every_part_says_what_it_was_given(parts: list[str]) -> None:
    content = alternatives(HEADERS, [("text/plain", part) for part in parts], boundary="==b==")
    assert [text.replace("\r\n", "\n") for text in texts(content)] == parts
    assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("plain", "7bit"),
        ("Zoë – 2", "8bit"),
        ("x" * LONGEST_LINE, "7bit"),
        ("x" * (LONGEST_LINE + 1), "quoted-printable"),
        ("é" * (LONGEST_LINE // 2) + "x", "quoted-printable"),
    ],
)
def test_a_text_travels_as_it_is_unless_a_line_is_too_long(text: str, encoding: str) -> None:
    [part] = read(alternatives(HEADERS, [("text/plain", text)], boundary="==b==")).iter_parts()
    assert part["Content-Transfer-Encoding"] == encoding
    assert part.get_payload(decode=True).decode() == text


def test_the_media_type_keeps_its_own_parameters() -> None:
    content = alternatives(HEADERS, [('text/calendar; method="REQUEST"', "x")], boundary="==b==")
    [part] = read(content).iter_parts()
    assert part["Content-Type"] == 'text/calendar; method="REQUEST"; charset="utf-8"'


@pytest.mark.parametrize("evil", ["a\r\nBcc: b@mail.example", "a\nb", "a\rb", "a\x00b", "a\x0bb", "a\x7fb"])
def test_a_value_that_would_begin_another_header_is_refused(evil: str) -> None:
    with pytest.raises(BadHeader):
        header("Subject", evil)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_other_value_is_one_header_of_ascii_in_lines_of_their_length(value: str) -> None:
    line = header("Subject", value)
    assert line.isascii()
    assert all(more.startswith((" ", "\t")) for more in line.split("\r\n")[1:])
    mail = read(alternatives([("Subject", value)], [("text/plain", "x")], boundary="==b=="))
    assert list(mail) == ["Subject", "MIME-Version", "Content-Type"]
