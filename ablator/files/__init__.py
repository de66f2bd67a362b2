"""Studies on disk: saved durably, migrated, compared and merged."""
