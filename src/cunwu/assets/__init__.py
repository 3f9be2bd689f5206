"""What a collective owns, has let and is owed: assets and resources, contracts, receivables, projects, stakes."""
