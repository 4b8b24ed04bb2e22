"""Public data sets: readers, splits that do not leak, audits, class weights and samplers."""
