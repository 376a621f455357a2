select up_to_slot from ops.completeness where standing = 'agreed'
