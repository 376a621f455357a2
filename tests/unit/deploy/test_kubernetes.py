"""The manifests are what Kubernetes takes, and say what our processes need. Not run here."""

from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from oddsline.settings import PREFIX, Settings
from tests.support.kustomize import containers, render

ROOT = Path(__file__).parents[3]
K8S = ROOT / "deploy" / "k8s"
FOLDERS = {
    "base": K8S / "base",
    "one-node": K8S / "overlays/one-node",
    "many": K8S / "overlays/many",
}
PORTS = {
    "api": "api_port",
    "ingestion": "ingestion_port",
    "fold": "fold_port",
    "keeper": "keeper_port",
    "watch": "watch_port",
}


@pytest.fixture(params=FOLDERS, scope="module")
def manifests(request):
    """What would be applied."""
    return render(FOLDERS[request.param])


def _of(manifests, kind):
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def test_every_manifest_fits_its_schema(manifests):
    """Unknown and misspelt fields are refused too (strict schemas)."""
    assert {"Deployment", "Service"} <= {manifest["kind"] for manifest in manifests}
    for manifest in manifests:
        kubernetes_validate.validate(manifest, "1.36", strict=True)


def test_the_check_would_notice_a_misspelt_field(manifests):
    """A schema that passes everything proves nothing."""
    broken = {**_of(manifests, "Deployment")["api"]}
    broken["spec"] = broken["spec"] | {"replica": 3}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.36", strict=True)


def test_each_process_is_probed_where_it_listens(manifests):
    """Probes, scrape annotation and container port are the setting's default port."""
    deployments = _of(manifests, "Deployment")

    assert set(deployments) == set(PORTS)
    for name, setting in PORTS.items():
        port = Settings.model_fields[setting].default
        (container,) = containers(deployments[name])
        annotations = deployments[name]["spec"]["template"]["metadata"]["annotations"]
        assert container["ports"] == [{"name": "http", "containerPort": port}]
        assert annotations["prometheus.io/port"] == str(port)
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_no_process_runs_as_root_or_may_rise(manifests):
    """Every pod, the migration job included."""
    for manifest in manifests:
        for container in containers(manifest):
            pod = manifest["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            assert not container["securityContext"]["allowPrivilegeEscalation"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "limits" in container["resources"]


def test_secrets_come_by_reference_only(manifests):
    """No Secret is in the repository, no connection string in a ConfigMap."""
    assert not _of(manifests, "Secret")
    data = _of(manifests, "ConfigMap")["oddsline"]["data"]
    assert not any("://" in value for value in data.values())
    assert {name.removeprefix(PREFIX).lower() for name in data} <= set(Settings.model_fields)


def test_only_the_keeper_holds_signing_keys(manifests):
    """A hole in the API must not reach them."""
    holders = {
        name
        for name, each in _of(manifests, "Deployment").items()
        if any("secret" in volume for volume in each["spec"]["template"]["spec"]["volumes"])
    }

    assert holders == {"keeper"}


def test_services_and_balancing_point_at_something(manifests):
    """Selectors, HPA and ingress name what exists; the one service without pods is `closed`."""
    deployments, services = _of(manifests, "Deployment"), _of(manifests, "Service")

    for name, service in services.items():
        selected = service["spec"].get("selector", {}).get("app.kubernetes.io/name")
        assert selected in deployments or name == "closed"
    for scaler in _of(manifests, "HorizontalPodAutoscaler").values():
        assert scaler["spec"]["scaleTargetRef"]["name"] in deployments
    for rule in _of(manifests, "Ingress")["oddsline"]["spec"]["rules"]:
        paths = {each["path"]: each["backend"]["service"]["name"] for each in rule["http"]["paths"]}
        assert set(paths.values()) <= set(services)
        assert paths["/metrics"] == "closed"


def test_overlays_differ_in_what_they_say():
    """One node: one of each and nothing to balance. Many: more of what grows."""
    one, many = render(FOLDERS["one-node"]), render(FOLDERS["many"])

    assert {each["spec"]["replicas"] for each in _of(one, "Deployment").values()} == {1}
    assert not _of(one, "HorizontalPodAutoscaler")
    assert not _of(one, "PodDisruptionBudget")
    assert _of(many, "HorizontalPodAutoscaler")["api"]["spec"]["minReplicas"] == 6
    assert {each["metadata"]["namespace"] for each in (*one, *many)} == {"oddsline"}
    images = {c["image"] for each in many for c in containers(each)}
    assert images == {"oddsline-services:0.1.0", "oddsline-dagster:0.1.0"}


def test_values_for_dagsters_chart_name_our_locations():
    """The same two code locations, the Kubernetes run launcher, the library's version."""
    text = (ROOT / "deploy/helm/dagster-values.yaml").read_text()
    values = yaml.safe_load(text)
    served = {d["dagsterApiGrpcArgs"][1] for d in values["dagster-user-deployments"]["deployments"]}
    lock = (ROOT / "requirements.lock").read_text()
    version = lock.split("\ndagster==")[1].split(" ")[0]

    assert served == {"orchestration.definitions", "orchestration.live"}
    assert values["runLauncher"]["type"] == "K8sRunLauncher"
    assert f"--version {version}" in text
