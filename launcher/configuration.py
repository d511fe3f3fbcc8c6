"""supervisord's configuration, made from the steps' own lists: their lines, plus what is the same for all."""

import configparser
from pathlib import Path

from launcher.control import Control
from launcher.steps import Step, display_name, process_pattern

_SUPERVISORD = {
    "nodaemon": "true",
    "silent": "true",
    "logfile_maxbytes": "0",
    "minprocs": "50",
}
_PROGRAM = {
    "redirect_stderr": "true",
    "stdout_logfile_maxbytes": "5MB",
    "stdout_logfile_backups": "1",
    "stopwaitsecs": "4",
}


def write(control: Control, steps: list[Step]) -> Path:
    """Write `supervisord.conf`, for everybody to read."""
    configuration = configparser.RawConfigParser()
    here = f"%(ENV_RUN)s/control/{control.name}"
    configuration["unix_http_server"] = {"file": control.socket_path.replace("%", "%%")}
    configuration["supervisord"] = {
        "logfile": f"{here}/supervisord.log",
        "pidfile": f"{here}/supervisord.pid",
        **_SUPERVISORD,
    }
    configuration["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for step in steps:
        for section in step.programs.sections():
            configuration[section] = _defaults(step, section) | dict(step.programs[section])
    path = control.folder / "supervisord.conf"
    with path.open("w", encoding="utf-8") as file:
        file.write("; Written by the launcher from the steps' processes.ini.\n")
        configuration.write(file)
    return path


def _defaults(step: Step, section: str) -> dict[str, str]:
    log = display_name(step.name, process_pattern(step.programs, section))
    log = log.replace("%(program_name)s", section.partition(":")[2])
    # Without autorestart a process counts as running at once: whenever it ends, it stays dead. With it, a
    # process that ends within its first second is tried again a few times, and then given up.
    restarts = step.programs.get(section, "autorestart", fallback="unexpected").lower() != "false"
    return _PROGRAM | {
        "stdout_logfile": f"%(ENV_RUN)s/logs/{log}.log",
        "startsecs": "1" if restarts else "0",
        "startretries": "3" if restarts else "0",
    }
