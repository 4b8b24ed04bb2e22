"""Training: recipes people write, one task for teacher and student, runs that survive being killed."""
