"""Architecture tests read the source and the catalogue; those that need a database take the real one."""
