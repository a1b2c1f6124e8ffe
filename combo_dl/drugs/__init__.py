"""Names, SMILES and target genes become a DrugCatalog and a DrugGraph. The only room that knows RDKit."""
