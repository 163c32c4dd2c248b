"""The roof's app: hands the data folder to the rooms that share it, once per process."""

from django.apps import AppConfig


class KmsConsoleConfig(AppConfig):
    """Installs what every room finds through its own `current()`: the generation map, and more."""

    name = "kms_console"

    def ready(self) -> None:
        from django.conf import settings  # noqa: PLC0415  # settings exist once apps load

        from hsm import vault  # noqa: PLC0415  # models load after the registry
        from hsm.sealer import RootSealer  # noqa: PLC0415
        from kms_console.audit import shipping, tombstones  # noqa: PLC0415
        from kms_console.audit.calls import count_calls  # noqa: PLC0415
        from kms_console.audit.counting import count_usage  # noqa: PLC0415
        from kms_console.core import generation, quotas, sealing  # noqa: PLC0415
        from kms_console.hosts.peers import DatabasePeers  # noqa: PLC0415
        from kms_console.iam.usage import record_last_used  # noqa: PLC0415

        # SQLite's file lies in the data folder, which one server has to itself.
        peers = None if settings.KMS.uses_sqlite else DatabasePeers()
        generation.install(settings.KMS.data_dir / "run" / "generation", peers)
        sealing.install(RootSealer(settings.KMS))
        log = tombstones.log_path(settings.KMS.data_dir)
        tombstones.install(tombstones.TombstoneLog(log))
        quotas.install(settings.KMS.quotas)
        vault.install(require_device=settings.KMS.hsm_require_device)
        shipping.listeners += [record_last_used, count_usage, count_calls]
