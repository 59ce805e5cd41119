"""What can be done with studies: protocol versions, sites, and the delegation log."""

from apps.studies.services.delegations import delegation_end, delegation_grant
from apps.studies.services.protocols import protocol_version_add
from apps.studies.services.sites import site_create

__all__ = ["delegation_end", "delegation_grant", "protocol_version_add", "site_create"]
