"""`manage.py web`: the server without its timers, which run elsewhere, perhaps on other hosts."""

from kms_console.management import children
from kms_console.management.serving import Serving
from kms_console.management.supervisor import Child
from kms_console.settings.env import Environment


class Command(Serving):
    """For an installation with a broker, whose workers and beats have their own supervisor."""

    help = "Prepare what is missing, then serve requests until stopped; `worker` and `beat` beside."
    shows_credentials = False

    def companions(self, environment: Environment) -> list[Child]:
        return [children.chores(environment)]
