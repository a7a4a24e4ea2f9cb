"""`realtime-run plugins`: what can stand after `use:`."""

import dataclasses
import json

from realtime_run.plugin.host import Host, PluginDescription


def plugins(*, as_json: bool) -> int:
    """Print the installed plugins; a broken one is shown with its error."""
    found = Host().describe()
    if as_json:
        rows = [dataclasses.asdict(plugin) for plugin in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    name_width = max((len(plugin.name) for plugin in found), default=0)
    kinds_width = max((len(_kinds(plugin)) for plugin in found), default=0)
    for plugin in found:
        by = f"{plugin.distribution} {plugin.version}".strip()
        row = f"{plugin.name:<{name_width}}  {_kinds(plugin):<{kinds_width}}  {by}"
        print(row.rstrip())
        if plugin.error:
            print(f"  {plugin.error}")
    return 0


def _kinds(plugin: PluginDescription) -> str:
    return ", ".join(plugin.kinds) or "broken"
