"""`manage.py up`: the whole product as one process tree in the foreground."""

from kms_console.management import children
from kms_console.management.serving import Serving
from kms_console.management.supervisor import Child
from kms_console.settings.env import Environment


class Command(Serving):
    """The web server, and timers of their own: in one process, or over a broker if one is set."""

    help = "Prepare what is missing, then run web, timers and worker until stopped."
    shows_credentials = True

    def companions(self, environment: Environment) -> list[Child]:
        return children.timers(environment)
