"""What can be done with studies: protocol versions, sites, the delegation log, going live and closing."""

from apps.studies.services.delegations import delegation_end, delegation_grant
from apps.studies.services.golive import NotClosable, NotReadyToGoLive, study_close, study_go_live
from apps.studies.services.protocols import protocol_version_add
from apps.studies.services.sites import site_create
from apps.studies.services.unblinded_people import person_unblinded

__all__ = [
    "NotClosable",
    "NotReadyToGoLive",
    "delegation_end",
    "delegation_grant",
    "person_unblinded",
    "protocol_version_add",
    "site_create",
    "study_close",
    "study_go_live",
]
