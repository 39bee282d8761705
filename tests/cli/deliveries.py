"""Small deliveries, written where a test wants them."""

from pathlib import Path

CLEAN = {
    "orgs.csv": "sourcedId,name,type\nS1,École du Lac,school\n",
    "users.csv": "sourcedId,username,givenName,email\nT1,anne.roux,Anne,\nP1,leo.petit,Zoe,leo@ecole.fr\n",
    "roles.csv": "userSourcedId,orgSourcedId,role\nT1,S1,teacher\nP1,S1,student\n",
}

# One value that is blanked, one row that is left out.
FAULTY = {**CLEAN, "users.csv": CLEAN["users.csv"] + "P2,mia.roy,Mia,mia at ecole\nP1,leo.petit,Léo,\n"}

# One fatal finding: roles.csv is missing.
FATAL = {name: text for name, text in CLEAN.items() if name != "roles.csv"}


def delivered(directory: Path, files: dict[str, str]) -> Path:
    """Write the files into the directory."""
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8", newline="")
    return directory


def school(pupils: int) -> dict[str, str]:
    """A delivery with so many pupils."""
    users = "".join(f"P{number},pupil.{number},Zoe,\n" for number in range(pupils))
    roles = "".join(f"P{number},S1,student\n" for number in range(pupils))
    return {
        **CLEAN,
        "users.csv": "sourcedId,username,givenName,email\n" + users,
        "roles.csv": "userSourcedId,orgSourcedId,role\n" + roles,
    }
