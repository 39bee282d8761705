from cartable.model.synonyms import SYNONYMS
from cartable.model.vocabularies import VOCABULARIES


def test_every_word_stands_for_a_code() -> None:
    known = {code.value for vocabulary in VOCABULARIES.values() for code in vocabulary.codes}
    for name, words in SYNONYMS.items():
        assert set(words) <= known, name
        assert set(words) & {code.value for code in VOCABULARIES[name].codes}, name


def test_no_word_stands_for_two_codes_or_is_one() -> None:
    for name, words in SYNONYMS.items():
        listed = [word.casefold() for meant in words.values() for word in meant]
        assert len(set(listed)) == len(listed), name
        assert not set(listed) & set(VOCABULARIES[name].spellings), name
