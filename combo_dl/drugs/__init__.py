"""Names, SMILES and targets become a DrugCatalog and a DrugGraph. Only this room knows RDKit."""
