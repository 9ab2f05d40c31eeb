"""Checks the Kubernetes manifests against the published schemas, without a cluster.

Run as `python deploy/verify/kubernetes.py`.

Needs `kubectl` (its kustomize) and the package `kubernetes-validate`, which carries the schemas. KEDA's objects are
checked as well when `--keda DIR` names a folder with KEDA's own `so.yaml` (the definition of ScaledObject) and
`scalers.json` (the parameters of each scaler). Ends with 1 on a mistake and with 3 when something needed is missing.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "kubernetes"
OVERLAYS = ("keda", "cluster")  # each contains the base
VERSION = "1.32"


def strict(schema: Any) -> Any:
    """Return the schema with unknown properties forbidden wherever properties are listed."""
    if isinstance(schema, dict):
        is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
        if "properties" in schema and not is_open:
            schema["additionalProperties"] = False
        for value in schema.values():
            strict(value)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


def keda_mistakes(objects: list[dict[str, Any]], folder: Path) -> Iterator[str]:
    """Yield what KEDA's own definitions have against its objects."""
    import jsonschema  # noqa: PLC0415  (only where KEDA's files are given)

    definition = yaml.safe_load((folder / "so.yaml").read_text(encoding="utf-8"))
    version = next(v for v in definition["spec"]["versions"] if v["name"] == "v1alpha1")
    schema = version["schema"]["openAPIV3Schema"]
    metadata = schema["properties"].pop("metadata")
    strict(schema)["properties"]["metadata"] = metadata
    scalers = json.loads((folder / "scalers.json").read_text(encoding="utf-8"))["scalers"]
    known = {scaler["type"]: {p["name"] for p in scaler["parameters"]} for scaler in scalers}
    for one in objects:
        name = one["metadata"]["name"]
        for error in jsonschema.Draft202012Validator(schema).iter_errors(one):
            yield f"{name}: {list(error.path)}: {error.message[:160]}"
        for trigger in one["spec"].get("triggers", ()):
            for key in set(trigger["metadata"]) - known.get(trigger["type"], set()):
                yield f"{name}: scaler {trigger['type']} has no parameter {key}"


def mistakes(objects: list[dict[str, Any]], keda: Path | None) -> Iterator[str]:
    """Yield what the schemas have against the objects."""
    import kubernetes_validate  # noqa: PLC0415  (main() says when it is missing)

    for one in objects:
        if not one["apiVersion"].startswith("keda.sh/"):
            try:
                kubernetes_validate.validate(one, VERSION, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{one['kind']} {one['metadata']['name']}: {list(error.path)}: {error.message[:160]}"
    if keda:
        yield from keda_mistakes([one for one in objects if one["kind"] == "ScaledObject"], keda)


def rendered(overlay: str) -> list[dict[str, Any]]:
    """Return the objects of an overlay as they would be applied."""
    command = ["kubectl", "kustomize", str(FOLDER / overlay)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [one for one in yaml.safe_load_all(text) if one]


def main() -> int:
    """Return 0 when the schemas accept every object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keda", type=Path, help="folder with KEDA's so.yaml and scalers.json")
    given = parser.parse_args()
    if shutil.which("kubectl") is None:
        print("kubectl is not installed: nothing was checked")
        return 3
    objects = [one for overlay in OVERLAYS for one in rendered(overlay)]
    try:
        found = list(mistakes(objects, given.keda))
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: nothing was checked")
        return 3
    for mistake in found:
        print(mistake)
    print(f"{len(objects)} objects, {len(found)} mistakes; ScaledObjects {'checked' if given.keda else 'not checked'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
