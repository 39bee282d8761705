"""A small school with everything that can refer to something, and other names for what is in it."""

import re

from tests.flow.rosters import ORGS, SESSIONS, Files, Nights, lines

SCHOOL: Files = {
    "orgs": ORGS,
    "academicSessions": SESSIONS,
    "courses": lines("sourcedId,orgSourcedId,title,code", "M1,S1,Mathematics,MATH"),
    "users": lines(
        "sourcedId,username,givenName,familyName,email,userNumber",
        "A1,anne.roux,Anne,Roux,anne.roux@ecole.example,900",
        "P1,leo.petit,Léo,Petit,leo.petit@ecole.example,101",
        "P2,mia.noir,Mia,Noir,mia.noir@ecole.example,102",
        "P3,jean.blanc,Jean,Blanc,jean.blanc@ecole.example,103",
        "C1,paul.petit,Paul,Petit,paul.petit@maison.example,",
    ),
    "roles": lines(
        "userSourcedId,orgSourcedId,role,sessionSourcedId,grade",
        "A1,S1,teacher,Y,",
        "P1,S1,student,Y,07",
        "P2,S1,student,Y,07",
        "P3,S1,student,Y,07",
    ),
    "classes": lines(
        "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
        'K1,S1,7A Mathematics,"T1,T2",M1',
        'K2,S1,7A Music,"T1,T2",',
    ),
    "enrollments": lines(
        "classSourcedId,userSourcedId,role",
        "K1,A1,teacher",
        "K1,P1,student",
        "K1,P2,student",
        "K1,P3,student",
        "K2,A1,teacher",
        "K2,P1,student",
        "K2,P2,student",
    ),
    "relationships": lines("userSourcedId,relationshipUserSourcedId,relationshipRole", "P1,C1,parent"),
    "demographics": lines("userSourcedId,birthDate", "P1,2014-05-06", "P2,2014-07-08", "P3,2014-09-10"),
    "userFlags": lines("userSourcedId,flag", "P1,iep"),
}

DEPARTURES = ("deactivations", "file.header-only")
"""Guards that hold where somebody has left so small a school."""


def renamed(files: Files, **names: str) -> dict[str, str]:
    """The delivery with other identifiers, wherever they stand."""
    known = re.compile(r"\b(" + "|".join(names) + r")\b")
    return {entity: known.sub(lambda found: names[found[1]], text) for entity, text in files.items()}


def without(files: Files, *words: str) -> dict[str, str]:
    """The delivery without the lines that hold one of the words."""
    gone = re.compile(r"\b(" + "|".join(words) + r")\b")
    return {
        entity: "".join(line for line in text.splitlines(keepends=True) if not gone.search(line))
        for entity, text in files.items()
    }


def edited(files: Files, entity: str, old: str, new: str) -> dict[str, str]:
    """The delivery with one file changed."""
    assert old in files[entity]
    return {**files, entity: files[entity].replace(old, new)}


def see_that_all_resolves(nights: Nights) -> None:
    """Every reference of every record, active or not, names a record."""
    from cartable.model.entities import BY_NAME, ENTITIES

    known = {
        name: {key[0] for key in nights.everything(name)} for name in SCHOOL if len(BY_NAME[name].key) == 1
    }
    for entity in ENTITIES:
        for record in nights.every_record(entity.name):
            for field in entity.references:
                assert field.reference
                value = record[field.name]
                named = (
                    re.findall(r'"([^"]+)"', value or "") if field.type.is_list else [value] if value else []
                )
                assert set(named) <= known[field.reference.entity], (entity.name, record, field.name)
