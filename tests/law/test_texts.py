"""Citations as statutes write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunwu.law.texts import ARTICLE, Cite, Source, Text, chinese_number

LAW = Source(
    "law",
    Text(zh="村民委员会组织法", en="Organic Law"),
    Text(zh="人大", en="NPC"),
    Text(zh="2025", en="2025"),
    None,
    None,
    "",
    "cn",
)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (10, "十"), (16, "十六"), (20, "二十"), (35, "三十五"), (100, "一百"), (101, "一百零一"),
     (110, "一百一十"), (215, "二百一十五"), (1001, "一千零一"), (1010, "一千零一十"), (1259, "一千二百五十九")],
)  # fmt: skip
def test_chinese_numbers(number, words):
    assert chinese_number(number) == words


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_two_numbers_never_share_their_words(one, other):
    assert (chinese_number(one) == chinese_number(other)) == (one == other)


@pytest.mark.parametrize("number", [0, -1, 10000])
def test_numbers_that_no_article_has(number):
    with pytest.raises(ValueError, match="no article"):
        chinese_number(number)


@pytest.mark.parametrize(
    ("article", "zh", "en"),
    [
        ("", "《村民委员会组织法》", "Organic Law"),
        ("35", "《村民委员会组织法》第三十五条", "Organic Law, Article 35"),
        ("35.4", "《村民委员会组织法》第三十五条第四款", "Organic Law, Article 35, paragraph 4"),
        ("7(3)", "《村民委员会组织法》第七条第（三）项", "Organic Law, Article 7, item 3"),
        (
            "35.2(1)",
            "《村民委员会组织法》第三十五条第二款第（一）项",
            "Organic Law, Article 35, paragraph 2, item 1",
        ),
    ],
)
def test_citations_in_both_languages(article, zh, en):
    cite = Cite(LAW, article)
    assert (cite.sentence("zh-hans"), cite.sentence("en")) == (zh, en)


def test_a_text_is_shown_in_the_language_that_is_asked_for():
    text = LAW.title
    assert (str(text), text.sentence("zh-hans"), text.sentence("en-gb")) == ("村民委员会组织法",) * 2 + (
        "Organic Law",
    )


@pytest.mark.parametrize("article", ["第35条", "35.", "0", "35.0", "7()", "35-36", "٣٥"])
def test_articles_that_cannot_be_read(article):
    assert not ARTICLE.match(article)
