"""Sets values of valid requests that a document cannot express, judges responses, and writes a JSON line for each.

FUZZ_WORLD is the path of a JSON file, which fuzz_world.ts describes. FUZZ_RECORDS is the file of the lines.
"""

import json
import os
import random
import re
import uuid

import requests
import schemathesis
from hypothesis import strategies
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation

from refusals import reason_of

with open(os.environ["FUZZ_WORLD"], encoding="utf-8") as file:
    WORLD = json.load(file)
RECORDS = open(os.environ["FUZZ_RECORDS"], "a", encoding="utf-8", buffering=1)
CHOOSE = random.Random(int(os.environ["FUZZ_SEED"]))
PICTURES = [bytes.fromhex(text) for text in WORLD["pictures"]]
STEPS = WORLD["steps"]
KEY = {"Authorization": f"Bearer {WORLD['key']}"}


schemathesis.openapi.format("host", strategies.from_regex(r"[a-z]{3,9}\.example\.com", fullmatch=True))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Removes the default response, so that the document must name each status that occurs."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            operation["responses"].pop("default", None)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Sets the values that a valid request needs, and keeps the server from using the network."""
    kwargs["allow_redirects"] = False
    positive = positive_parts(case)
    if ParameterLocation.PATH in positive and case.path_parameters:
        case.path_parameters = path_of(case)
    if ParameterLocation.QUERY in positive and case.query:
        query = {name: value for name, value in case.query.items() if not said_otherwise(case.query, name)}
        case.query = {name: value for name, value in map(query_of(case), query.items()) if value is not NOT_SET}
    if ParameterLocation.HEADER in positive and case.headers:
        for name in ("If-Match", "Prefer", "Last-Event-ID", "Idempotency-Key"):
            if name in case.headers:
                replace_header(case, name)
    if ParameterLocation.BODY in positive and case.body is not NOT_SET:
        case.body = body_of(case)
        if ParameterLocation.QUERY in positive and case.query and isinstance(case.body, dict):
            case.query = {name: value for name, value in case.query.items() if not said_in(case.body, name)}
    case.query = local(case.query)
    case.body = local(case.body)
    keep_judgement(case)


def keep_judgement(case):
    """Keeps the judgement whether a case is valid: the new values are as valid, and bytes would always count as invalid."""
    if case._meta is None:
        return
    case._sync_validated_hashes()
    for location in list(case._meta.components):
        case._meta.clear_dirty(location)


@schemathesis.hook
def after_call(context, case, response):
    """Writes a line for each request, and replaces images or jobs that it may have removed."""
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    record(case, status=response.status_code, isValid=is_valid, seconds=response.elapsed)
    if response.status_code < 300 and operation_id(case) in RENEW:
        RENEW[operation_id(case)]()


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Writes a line for each failure of a check, and returns whether it is a fault."""
    check = type(failure).__name__
    reason = reason_of(check, case, response)
    if reason is not None:
        record(case, excused=reason)
        return False
    record(
        case,
        check=check,
        message=failure.message[:1000],
        status=response.status_code,
        answer=response.text[:1000],
        request=f"{response.request.method} {response.request.url} {headers_of(response)} {body_text(response)}",
    )
    return True


def headers_of(response):
    names = ("Content-Type", "If-Match", "Prefer", "Idempotency-Key", "Last-Event-ID")
    return json.dumps({name: str(response.request.headers[name]) for name in names if name in response.request.headers})


def body_text(response):
    body = response.request.body or b""
    return (body if isinstance(body, str) else body.decode("utf-8", "replace"))[:1000]


def record(case, **members):
    RECORDS.write(json.dumps({"operation": operation_id(case), **members}) + "\n")


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


def positive_parts(case):
    """Returns the valid parts of a request. Call it before changes, after which schemathesis would judge the parts again."""
    components = case.meta.components if case.meta else {}
    return {location for location, component in components.items() if component.mode.is_positive}


def path_of(case):
    values = dict(case.path_parameters)
    if "id" in values:
        values["id"] = id_of(case)
    names = {"/transforms/{name}": list(STEPS), "/presets/{name}": WORLD["presets"]}
    if case.operation.path in names:
        values["name"] = CHOOSE.choice(names[case.operation.path])
    if "code" in values:
        values["code"] = CHOOSE.choice(WORLD["codes"])
    if "ext" in values:
        values["ext"] = CHOOSE.choice(["jpg", "png", "webp", "gif"])
    return values


def id_of(case):
    if case.operation.path.startswith("/jobs"):
        return CHOOSE.choice(WORLD["jobs"])
    if case.operation.path.startswith("/keys"):
        return new_key()
    if case.operation.path.startswith("/tenants"):
        return new_tenant()
    return deleted_image() if operation_id(case) == "restoreImage" else CHOOSE.choice(WORLD["images"])


def query_of(case):
    is_picture = case.operation.path.startswith("/images/{id}")

    def value_of(pair):
        name, value = pair
        if is_picture and name in STEPS:
            return name, with_images(CHOOSE.choice(STEPS[name])).partition("=")[2]
        if name == "preset":
            return name, CHOOSE.choice(WORLD["presets"])
        if name == "shadow":
            return name, "202020"
        if name == "cursor":
            return name, NOT_SET
        if name == "source" or (name == "image" and value is not None):
            return name, CHOOSE.choice(WORLD["images"])
        if name == "aspect":
            return name, CHOOSE.choice(["16:9", "4/3", "1.5"])
        if name == "metadata.{key}":
            return "metadata.sku", value
        if name == "metadata" and case.operation.path.startswith("/images"):
            return name, json.dumps({"sku": "A-1"})
        return name, value

    return value_of


def replace_header(case, name):
    if name == "If-Match":
        case.headers[name] = "*"
    elif name == "Prefer":
        case.headers[name] = CHOOSE.choice(["respond-async", "wait=5", "respond-async, wait=5"])
    elif name == "Last-Event-ID":
        case.headers[name] = CHOOSE.choice(["1", "2"])
    else:
        case.headers[name] = str(uuid.UUID(int=CHOOSE.getrandbits(128), version=4))


def body_of(case):
    if case.media_type == "multipart/form-data":
        return form_of(case)
    if operation_id(case) == "createTenant":
        return {**case.body, "id": tenant_id()}
    if isinstance(case.body, (dict, list)):
        return members_of(case.body)
    kind = case.media_type.partition("/")[2]
    return bytes.fromhex(WORLD["archives"][kind]) if kind in WORLD["archives"] else CHOOSE.choice(PICTURES)


def said_in(body, name):
    """Whether a body has the same parameter as the query, which would be a conflict."""
    return name in body or (name in ("expiresAt", "expiresIn") and ("expiresAt" in body or "expiresIn" in body))


def form_of(case):
    """Returns a form with pictures as its files, and only with declared fields: others would not be sent as files."""
    if not isinstance(case.body, dict):
        return case.body
    declared = case.operation.get_body_for_media_type(case.media_type).raw_schema["properties"]
    form = {name: value for name, value in members_of(case.body).items() if name in declared}
    for name, value in form.items():
        if name in ("file", "image") and is_file(declared[name]):
            count = len(value) if isinstance(value, list) else 1
            pictures = [CHOOSE.choice(PICTURES) for _ in range(count)]
            form[name] = pictures if isinstance(value, list) else pictures[0]
    if case.operation.path.startswith("/images") and "metadata" in form:
        form["metadata"] = json.dumps({"sku": "A-1"})
    return form


def is_file(schema):
    return schema.get("items", schema).get("format") == "binary"


def members_of(value, key=None):
    """Returns a JSON value with real ids, URLs and recipes."""
    if key == "ids":
        return [CHOOSE.choice(WORLD["images"]) for _ in value]
    if key == "urls":
        return [WORLD["elsewhere"] for _ in value]
    if key == "tenant":
        return WORLD["tenant"]
    if key == "shadow":
        return "202020"
    if key in ("url", "webhook") and isinstance(value, str):
        return WORLD["elsewhere"]
    if key == "sources":
        return [CHOOSE.choice(WORLD["images"]) for _ in value]
    if key in ("source", "image") and isinstance(value, str):
        return CHOOSE.choice(WORLD["images"])
    if key == "aspect":
        return CHOOSE.choice(["16:9", "4/3", "1.5"])
    if key == "preset":
        return CHOOSE.choice(WORLD["presets"])
    if key == "recipe":
        return with_images(CHOOSE.choice(STEPS[CHOOSE.choice(list(STEPS))]))
    if key == "steps":
        return [json.loads(with_images(json.dumps(CHOOSE.choice(WORLD["jsonSteps"])))) for _ in value[:3]]
    if key == "filter" and "metadata" in value:
        return {**value, "metadata": {"sku": "A-1"}}
    if isinstance(value, dict) and key != "metadata":
        return {name: members_of(each, name) for name, each in value.items() if not said_otherwise(value, name)}
    return [members_of(each) for each in value] if isinstance(value, list) else value


def with_images(recipe):
    """Returns a recipe whose image exists, in place of the first image that it was written with."""
    return recipe.replace(WORLD["firstImage"], WORLD["images"][0])


def said_otherwise(value, name):
    """Whether a value has a member that excludes this one."""
    excluding = {
        "expiresIn": "expiresAt",
        "preset": "recipe",
        "steps": "recipe",
        "source": "sources",
        "quality": "target",
    }
    return excluding.get(name) in value


def local(value):
    """Returns a value whose URLs point to this machine."""
    if isinstance(value, str):
        return WORLD["elsewhere"] if re.match(r"\s*https?:", value, re.IGNORECASE) else value
    if isinstance(value, dict):
        return {name: local(each) for name, each in value.items()}
    return [local(each) for each in value] if isinstance(value, list) else value


def renew_images():
    for index, picture in enumerate(PICTURES):
        WORLD["images"][index] = post("/images", data=picture)["id"]


def deleted_image():
    image = post("/images", data=PICTURES[0])["id"]
    requests.delete(f"{WORLD['url']}/images/{image}", headers=KEY, timeout=30).raise_for_status()
    return image


def new_key():
    return post("/keys", json={"scopes": ["images:read"]})["id"]


def tenant_id():
    return f"t-{CHOOSE.getrandbits(64):x}"


def new_tenant():
    return post("/tenants", json={"id": tenant_id()})["id"]


def renew_jobs():
    jobs = []
    for ids in [WORLD["images"], [*WORLD["images"], WORLD["missing"]]]:
        request = {"select": {"ids": ids}, "outputs": [{"preset": "small"}], "deliver": "derivatives"}
        jobs.append(post("/jobs", json=request | {"webhook": WORLD["elsewhere"]})["id"])
    WORLD["jobs"] = jobs


def post(path, **kwargs):
    answer = requests.post(f"{WORLD['url']}{path}", headers=KEY, timeout=30, **kwargs)
    answer.raise_for_status()
    return answer.json()


# Operations that may have removed images, or removed or ended jobs.
RENEW = {
    "bulkImages": renew_images,
    "deleteImage": renew_images,
    "eraseImage": renew_images,
    "updateImage": renew_images,
    "updateImageItself": renew_images,
    "deleteJob": renew_jobs,
}

renew_jobs()
