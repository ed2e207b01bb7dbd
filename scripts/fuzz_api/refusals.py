"""Failures of checks that are not faults, with their reasons. Schemas cannot express these; the document does in words."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """A refusal of a valid request. An empty member matches every value."""

    reason: str
    code: str = ""
    # A part of the problem's detail.
    detail: str = ""
    operation: str = ""
    status: int = 0


REFUSALS = [
    Refusal("a query has parameters that exclude each other", "conflicting_parameters"),
    Refusal("a step has parameters that contradict each other", detail="contradict each other|exclude each other|only fit inside and outside"),
    Refusal("a service lacks a parameter that query, form or JSON may have", detail="is missing|it needs (?:a|borders)"),
    Refusal("the URL is longer than the HTTP server reads", status=431),
    Refusal("an update of many images lacks a patch, or another action has one", detail="Cannot read patch:"),
    Refusal("a job without outputs has images that are stored already", detail="only what lies elsewhere can be stored"),
    Refusal("a prefix of files has parts that are empty or begin with a point", detail="Cannot use prefix of files"),
    Refusal("a number in a query or a form has an exponent", detail=r'it is "-?[\d.]+[eE][+-]?\d+"$'),
    Refusal("there is neither a body nor a source", detail="Cannot process without an image"),
    Refusal("a number is even, or not above another one", detail="must be odd|must be above lower|must not be before start"),
    Refusal("the recipe does not fit the image", detail="must have a pixel in the image|lies outside the image|Cannot open page"),
    Refusal("the recipe does not fit the image", "does_not_fit"),
    Refusal("the recipe does not fit the format", detail="Cannot compress"),
    Refusal("no font has a glyph for a character", detail="no font of the server has glyphs"),
    Refusal("the recipe takes more than the server gives for one image", "too_costly"),
    Refusal("the result has more pixels than the server allows", "too_many_pixels"),
    Refusal("the query and its preset have more steps than the server allows", detail="may have at most 32 steps"),
    Refusal("the list has no index for these filters together", detail="needs the order"),
    Refusal("a patch of a focal point where there is none lacks a coordinate", detail="focalPoint/[xy] .*missing"),
    Refusal("the job is not in the state for it", "conflict", operation="Job|Webhook"),
    Refusal("another tenant has the host", "conflict", operation="Tenant"),
    Refusal("the secrets of the first tenant are those of the server", "forbidden", operation="ebhookSecrets"),
    Refusal("no job waits for so many images", "too_many_jobs"),
    Refusal("a URL to sign is not one of this server, or its time is not to come", detail="^Cannot sign "),
    Refusal("a key would have expired already, or have a scope that its tenant cannot have", detail="Cannot make key:"),
    Refusal("the other tenant does not have the key", "key_not_found"),
]


def reason_of(check, case, response):
    """Returns why a failure is not a fault, or None."""
    if check == "AcceptedNegativeData" and accepts_single_text(case):
        return "one text in a query is also a list of one"
    if check == "JsonSchemaError" and response.headers.get("content-type", [""])[0].startswith("text/event-stream"):
        return "a stream of events is a text in OpenAPI 3.1, which has no schema for its events"
    if check == "AcceptedNegativeData" and response.status_code == 413:
        return "a body that is too long is refused before it is read"
    if check == "AcceptedNegativeData" and response.status_code == 207:
        return "a batch says of each item that it is wrong"
    if check != "RejectedPositiveData":
        return None
    problem = problem_of(response)
    operation = case.operation.definition.raw.get("operationId")
    for refusal in REFUSALS:
        if fits(refusal, problem, operation) and refusal.status in (0, response.status_code):
            return refusal.reason
    return None


def fits(refusal, problem, operation):
    return (
        refusal.code in ("", problem.get("code"))
        and re.search(refusal.detail, problem.get("detail", "")) is not None
        and re.search(refusal.operation, operation) is not None
    )


def accepts_single_text(case):
    data = case.meta.phase.data
    return data.parameter in ("tag", "tags") and "ncorrect type" in (data.description or "")


def problem_of(response):
    try:
        return json.loads(response.text)
    except ValueError:
        return {}
