"""Answers one batch of questions, JSON on stdin to JSON on stdout, with the library packaging."""

import json
import sys

import packaging
from packaging import markers
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version


def attempt(read, text):
    """What read makes of the text; None where it refuses."""
    try:
        return read(text)
    except Exception:  # RecursionError and failed assertions are refusals too
        return None


def holds(parts, environment):
    """A marker's value, where a comparison that packaging refuses to evaluate is false."""
    alternatives = [[]]
    for part in parts:
        if isinstance(part, list):
            alternatives[-1].append(holds(part, environment))
        elif isinstance(part, tuple):
            try:
                value = markers._evaluate_markers([part], environment)
            except (markers.UndefinedComparison, markers.UndefinedEnvironmentName):
                value = False
            alternatives[-1].append(value)
        elif part == "or":
            alternatives.append([])
    return any(all(alternative) for alternative in alternatives)


def evaluations(marker, contexts):
    """One character for each context: the marker's value in it."""
    values = ""
    for context in contexts:
        environment = markers._repair_python_full_version(dict(context["environment"]))
        if context["lock"]:
            for key in ("extras", "dependency_groups"):
                environment[key] = frozenset(environment[key])
        value = holds(marker._markers, environment)
        try:
            public = marker.evaluate(
                environment, "lock_file" if context["lock"] else "metadata"
            )
            if public != value:
                raise SystemExit(f"the referee disagrees with itself about {marker}")
        except (markers.UndefinedComparison, markers.UndefinedEnvironmentName):
            pass
        values += "01"[value]
    return values


def normal(clause):
    """A clause with its version in normal form."""
    if clause.operator == "===":
        return str(clause)
    stem, star, _ = clause.version.partition(".*")
    return f"{clause.operator}{Version(stem)}{star}"


def answer_name(text):
    name = attempt(lambda text: canonicalize_name(text, validate=True), text)
    return {"normal": name}


def answer_specifiers(question):
    specifiers = attempt(SpecifierSet, question["text"])
    if specifiers is None:
        return {"normal": None}
    clauses = list(specifiers)
    return {
        "normal": ",".join(map(normal, clauses)),
        "contains": "".join(
            "01"[specifiers.contains(Version(candidate), prereleases=True)]
            for candidate in question["candidates"]
        ),
        "prerelease": bool(specifiers.prereleases),
    }


def answer_marker(text, contexts):
    marker = attempt(markers.Marker, text)
    if marker is None:
        return {"normal": None}
    # Half a character, which no JSON reader of ours takes, becomes a question mark.
    printed = (attempt(str, marker) or "").encode("utf-8", "replace").decode()
    return {
        "normal": printed,
        "values": evaluations(marker, contexts),
    }


def answer_requirement(text, contexts):
    requirement = attempt(Requirement, text)
    if requirement is None:
        return {"normal": None}
    marker = requirement.marker
    return {
        "normal": canonicalize_name(requirement.name),
        "extras": sorted({canonicalize_name(extra) for extra in requirement.extras}),
        "url": requirement.url,
        "specifiers": ",".join(map(normal, requirement.specifier)),
        "values": "" if marker is None else evaluations(marker, contexts),
    }


def answer_versions(texts):
    versions = [attempt(Version, text) for text in texts]
    order = sorted({version for version in versions if version is not None})
    ranks = {version: rank for rank, version in enumerate(order)}
    return [
        {"normal": None}
        if version is None
        else {"normal": str(version), "rank": ranks[version]}
        for version in versions
    ]


def main():
    batch = json.loads(sys.stdin.buffer.read())
    contexts = batch["contexts"]
    answers = {
        "packaging": packaging.__version__,
        "names": [answer_name(text) for text in batch["names"]],
        "versions": answer_versions(batch["versions"]),
        "specifiers": [answer_specifiers(question) for question in batch["specifiers"]],
        "markers": [answer_marker(text, contexts) for text in batch["markers"]],
        "requirements": [
            answer_requirement(text, contexts) for text in batch["requirements"]
        ],
    }
    sys.stdout.buffer.write(json.dumps(answers).encode())


main()
