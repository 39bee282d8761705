"""Names of made-up people and places, as diverse as a school's register; nobody real is meant."""

# Given names, with the sex that the register has for them.
GIRLS: tuple[str, ...] = (
    "Aïcha", "Alice", "Amélie", "Amina", "Anaïs", "Aoife", "Astrid", "Ayşe", "Béatrice", "Camille",
    "Céleste", "Charlotte", "Chloé", "Clara", "Daphné", "Eleanor", "Éloïse", "Emma", "Esther", "Fatima",
    "Fatoumata", "Fiona", "Gabrielle", "Grace", "Hannah", "Héloïse", "Imane", "Inès", "Isabel", "Jade",
    "Jeanne", "Jùn", "Khadija", "Léa", "Leïla", "Léonie", "Linh", "Louise", "Lucía", "Maëlle", "Maeve",
    "Mariam", "Margaux", "Maryam", "Mei", "Mila", "Naomi", "Niamh", "Noémie", "Olivia", "Paloma",
    "Priya", "Rachel", "Renée", "Rose", "Ruby", "Salomé", "Saoirse", "Sarah", "Siobhán", "Sofía",
    "Solène", "Thandiwe", "Tiphaine", "Violet", "Yasmine", "Zélie", "Zoé", "Zofia", "Zuri",
)  # fmt: skip
BOYS: tuple[str, ...] = (
    "Adam", "Adrien", "Ahmed", "Aidan", "Alexandre", "Amadou", "André", "Antoine", "Arthur", "Basile",
    "Benjamin", "Björn", "Caleb", "Clément", "Côme", "Daniel", "David", "Diego", "Dylan", "Elias",
    "Émile", "Ethan", "Étienne", "Félix", "François", "Gaël", "George", "Grégoire", "Hugo", "Ibrahim",
    "Ismaël", "Jack", "Jérôme", "João", "José", "Jules", "Kenji", "Kofi", "Kwame", "Léo", "Liam",
    "Loïc", "Louis", "Lucas", "Maël", "Mamadou", "Marius", "Mathéo", "Maxime", "Minh", "Mohamed",
    "Nathan", "Noah", "Noël", "Oisín", "Oliver", "Omar", "Oscar", "Owen", "Paul", "Rafael", "Raphaël",
    "Rémi", "Rohan", "Samuel", "Sacha", "Seamus", "Théo", "Thomas", "Tuân", "Wei", "William", "Yanis",
    "Youssef", "Zachary",
)  # fmt: skip

FAMILIES: tuple[str, ...] = (
    "Abbott", "Achebe", "Ahmadi", "Almeida", "Andersson", "Arsenault", "Aubert", "Baptiste", "Barbier",
    "Beaulieu", "Bélanger", "Benali", "Bernard", "Bouchard", "Boutin", "Brennan", "Brown", "Camara",
    "Campbell", "Carpentier", "Çelik", "Chen", "Chevalier", "Clarke", "Cohen", "Côté", "Coulibaly",
    "D'Almeida", "Da Silva", "Delacroix", "Delaunay", "Desjardins", "Diallo", "Diop", "Dubois",
    "Dupré", "Durand", "El Amrani", "Evans", "Faure", "Fernández", "Fitzgerald", "Fontaine", "Fournier",
    "François", "Gagné", "García", "Gauthier", "Girard", "Gonçalves", "Graham", "Green", "Guérin",
    "Haddad", "Harrison", "Hébert", "Hernández", "Hoàng", "Hughes", "Ibrahim", "Jackson", "Johnson",
    "Joly", "Kaya", "Keïta", "Kelly", "Khan", "Kim", "Kouassi", "Kowalski", "Lachance", "Lambert",
    "Laurent", "Lavoie", "Le Gall", "Leblanc", "Lee", "Lefèvre", "Lemaître", "Levesque", "Lévy", "Li",
    "MacDonald", "Mahoney", "Marchand", "Martin", "Mbaye", "McKenzie", "Mendes", "Mercier", "Moreau",
    "Morin", "Müller", "Murphy", "N'Diaye", "Nadeau", "Ndongo", "Nguyễn", "Noël", "Novák", "O'Brien",
    "O'Connor", "Okafor", "Oliveira", "Ouellet", "Özdemir", "Park", "Patel", "Pelletier", "Pereira",
    "Perrin", "Petit", "Pham", "Picard", "Poirier", "Rahman", "Ramírez", "Renaud", "Rivière", "Roberts",
    "Robichaud", "Rousseau", "Roy", "Saint-Pierre", "Sánchez", "Santos", "Schneider", "Sharma",
    "Silva", "Singh", "Smith", "Sow", "Sullivan", "Tanaka", "Taylor", "Thériault", "Thibault",
    "Thompson", "Tran", "Traoré", "Tremblay", "Turner", "Valentin", "Vasseur", "Vidal", "Walker",
    "Wang", "White", "Williams", "Wilson", "Wójcik", "Wright", "Yılmaz", "Zhang", "Ziani",
)  # fmt: skip

# Patrons of schools, all long dead.
PATRONS: tuple[str, ...] = (
    "Aimé-Césaire", "Émilie-du-Châtelet", "George-Sand", "Jean-Moulin", "Jeanne-Barret",
    "Joséphine-Baker", "Jules-Verne", "Louis-Pasteur", "Marguerite-Yourcenar", "Marie-Curie",
    "Olympe-de-Gouges", "René-Descartes", "Sophie-Germain", "Victor-Hugo",
)  # fmt: skip
GROVES: tuple[str, ...] = (
    "Ashgrove", "Beechwood", "Birch Hill", "Cedar Park", "Fairfield", "Hawthorn Lane", "Kingfisher",
    "Maple Grove", "Millbrook", "Oakridge", "Riverside", "Rowan Tree", "Stonebridge", "Willow Bank",
)  # fmt: skip

# Towns of the district, made up; one for each group of schools.
TOWNS: tuple[str, ...] = (
    "Val-Clair", "Saint-Aubin-des-Prés", "Northhaven", "Pont-l'Étang", "Mont-Cendré", "Easterbrook",
    "La Roche-Bleue", "Belle-Anse", "Whitcombe", "Fontbrune", "Les Écluses", "Harrow Falls",
)  # fmt: skip

# Where pupils were born: city, state (of the United States only), country. Some cities have a comma.
BIRTHPLACES: tuple[tuple[str, str, str], ...] = (
    ("Lyon", "", "FRA"), ("Nantes", "", "FRA"), ("Besançon", "", "FRA"), ("Saint-Étienne", "", "FRA"),
    ("Orléans", "", "FRA"), ("Nîmes", "", "FRA"), ("Paris, 13e arrondissement", "", "FRA"),
    ("Pointe-à-Pitre", "", "FRA"), ("Genève", "", "CHE"), ("Liège", "", "BEL"), ("Montréal", "", "CAN"),
    ("Québec", "", "CAN"), ("Moncton", "", "CAN"), ("Trois-Rivières", "", "CAN"),
    ("London, Ontario", "", "CAN"), ("Halifax", "", "CAN"), ("Cardiff", "", "GBR"), ("Leeds", "", "GBR"),
    ("Galway", "", "IRL"), ("Dakar", "", "SEN"), ("Abidjan", "", "CIV"), ("Fès", "", "MAR"),
    ("Tunis", "", "TUN"), ("Beyrouth", "", "LBN"), ("Port-au-Prince", "", "HTI"), ("Hải Phòng", "", "VNM"),
    ("Pondichéry", "", "IND"), ("São Paulo", "", "BRA"), ("Bogotá", "", "COL"), ("Kraków", "", "POL"),
    ("İzmir", "", "TUR"), ("New Orleans", "LA", "USA"), ("Portland", "ME", "USA"),
    ("Burlington", "VT", "USA"), ("Boston", "MA", "USA"),
)  # fmt: skip

# Telephone numbers that no one can have, each as its fixed part and how many digits follow.
# Sources: Arcep, numbering plan, numbers for audiovisual works; Ofcom, numbers for drama use.
FICTION_MOBILES: tuple[tuple[str, int], ...] = (("+3363998", 4), ("+447700900", 3))
FICTION_LANDLINES: tuple[tuple[str, int], ...] = (("+3319900", 4), ("+442079460", 3))

# Domains that no one can have. Source: RFC 2606 and RFC 6761.
PUPIL_DOMAIN, STAFF_DOMAIN, FAMILY_DOMAIN = "eleves.ecole.example", "ecole.example", "example.org"
