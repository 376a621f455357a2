"""As much of kustomize as our overlays use: resources, namespace, images, replicas, patches.

There is no kustomize here; what this does not know, it refuses, so an overlay that needs more
fails its test instead of passing unseen.
"""

import copy
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
KNOWN = {"apiVersion", "kind", "resources", "namespace", "images", "replicas", "patches"}


def render(folder: Path) -> list[Manifest]:
    """The manifests that `kubectl apply -k folder` would send."""
    rules = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = set(rules) - KNOWN
    assert not unknown, f"{folder}: {unknown} is not rendered here"
    found: list[Manifest] = []
    for name in rules["resources"]:
        path = folder / name
        found += render(path) if path.is_dir() else [*yaml.safe_load_all(path.read_text())]
    for patch in rules.get("patches", []):
        found = _patched(found, patch["target"], yaml.safe_load(patch["patch"]))
    for manifest in found:
        _images(manifest, rules.get("images", []))
        _replicas(manifest, rules.get("replicas", []))
        if "namespace" in rules:
            manifest["metadata"]["namespace"] = rules["namespace"]
    return found


def containers(manifest: Manifest) -> list[Manifest]:
    """The containers of a workload, none for anything else."""
    pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


def _patched(manifests: list[Manifest], target: Manifest, patch: Manifest) -> list[Manifest]:
    hit = [each for each in manifests if _matches(each, target)]
    assert hit, f"nothing matches {target}"
    if patch.get("$patch") == "delete":
        return [each for each in manifests if each not in hit]
    change = {key: value for key, value in patch.items() if key != "metadata"}
    return [_merged(each, change) if each in hit else each for each in manifests]


def _matches(manifest: Manifest, target: Manifest) -> bool:
    name = target.get("name", manifest["metadata"]["name"])
    return bool(manifest["kind"] == target["kind"] and manifest["metadata"]["name"] == name)


def _merged(old: Any, new: Any) -> Any:
    """A strategic merge: maps by key, lists of named things by name, the rest replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(old.get(key), value) for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and all("name" in each for each in new):
        result = {each["name"]: each for each in copy.deepcopy(old)}
        for each in new:
            result[each["name"]] = _merged(result.get(each["name"]), each)
        return list(result.values())
    return new


def _images(manifest: Manifest, rules: list[Manifest]) -> None:
    for container in containers(manifest):
        for rule in rules:
            if container["image"] == rule["name"]:
                container["image"] = f"{rule['newName']}:{rule['newTag']}"
                break


def _replicas(manifest: Manifest, rules: list[Manifest]) -> None:
    for rule in rules:
        if manifest["kind"] == "Deployment" and manifest["metadata"]["name"] == rule["name"]:
            manifest["spec"]["replicas"] = rule["count"]
