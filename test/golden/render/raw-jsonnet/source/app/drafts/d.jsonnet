error "a draft"
