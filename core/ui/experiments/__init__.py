"""The page about experiments: suites of runs as their source prints them and as they were run again here."""
