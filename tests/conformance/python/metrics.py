"""Reads a page of metrics from standard input with the parser of the Prometheus project, and a file of rules,
and prints both as JSON. Whatever is wrong with either ends it with an error.

    python metrics.py ringdown.rules.yml < page
"""

import json
import sys

import yaml
from prometheus_client.parser import text_string_to_metric_families

families = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    # The parser takes _total off the name of a counter.
    name = family.name + "_total" if family.type == "counter" else family.name
    if name in families:
        sys.exit(f"{name} stands twice in the page")
    families[name] = {"type": family.type, "help": family.documentation, "series": len(family.samples)}

with open(sys.argv[1]) as file:
    groups = yaml.safe_load(file)["groups"]
known = {"alert", "expr", "for", "labels", "annotations"}
alerts = [rule for group in groups for rule in group["rules"]]
for alert in alerts:
    if not known.issuperset(alert) or not {"alert", "expr"}.issubset(alert):
        sys.exit(f"{alert} is no alert")

print(json.dumps({"families": families, "alerts": alerts}))
