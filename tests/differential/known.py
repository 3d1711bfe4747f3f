"""Parts of the grammar that are left out because they find holes that are known and open: name to the sentence that
says which hole. A name is that of a part, or a kind under a policy ("exec_under_user"). An entry goes as soon as its
hole is closed.
"""

LEFT_OUT = {}
