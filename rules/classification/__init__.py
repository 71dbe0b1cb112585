"""Who opened and clicked: a person, a machine, or nobody can tell. A layer over raw events that can be made again."""
