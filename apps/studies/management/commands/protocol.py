"""`manage.py protocol check FILE` and `manage.py protocol schema`: for the author of a protocol file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.studies.domain.loading import SCHEMA_FILE, ProtocolInvalid, check_file, digest, load, schema_text
from apps.studies.domain.uncertainty import uncertainties


class Command(BaseCommand):
    """Checks a protocol file, or prints the JSON Schema for editors. Reads no database."""

    help = "Check a protocol file (exit 1 and one line for each fault), or print its JSON Schema."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """`check FILE...` and `schema [--write]`."""
        actions = parser.add_subparsers(dest="action", required=True)
        checking = actions.add_parser("check", help="name every fault of a file by its path")
        checking.add_argument("files", nargs="+", type=Path, metavar="FILE")
        schema = actions.add_parser("schema", help="print the JSON Schema of protocol files")
        schema.add_argument(
            "--write", action="store_true", help="write it beside the shipped protocols instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the chosen action. Raises CommandError (exit 1) when a file has faults."""
        if options["action"] == "schema":
            if options["write"]:
                SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
                self.stdout.write(f"Wrote {SCHEMA_FILE.name}")
            else:
                self.stdout.write(schema_text(), ending="")
            return
        faulty = [path for path in options["files"] if not self._is_sound(path)]
        if faulty:
            raise CommandError(f"{len(faulty)} of {len(options['files'])} file(s) with faults")

    def _is_sound(self, path: Path) -> bool:
        faults = check_file(path)
        for fault in faults:
            self.stdout.write(f"{path}: {fault}")
        if faults:
            self.stdout.write(f"{path}: {len(faults)} fault(s)")
            return False
        try:
            protocol = load(path)
        except ProtocolInvalid as error:
            # The file changed between the two readings.
            self.stdout.write(f"{path}: {error}")
            return False
        doses = len(protocol.dosing_visits)
        self.stdout.write(f"{path}: sound")
        self.stdout.write(f"  {protocol.title} ({protocol.nct}), version {protocol.version}")
        self.stdout.write(
            f"  {len(protocol.arms)} arm(s), {len(protocol.visits)} visits with {doses} doses, "
            f"{len(protocol.criteria)} criteria, {len(protocol.gates)} gates, "
            f"{len(protocol.observation_plan.slots)} timepoints, {len(protocol.escalation)} escalation rules"
        )
        self.stdout.write(
            f"  {len(uncertainties(protocol))} statements are marked uncertain or general knowledge"
        )
        self.stdout.write(f"  sha256 {digest(protocol)}")
        return True
