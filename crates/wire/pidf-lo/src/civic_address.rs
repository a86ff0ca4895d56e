//! A civic address, field by field (RFC 5139 §3).

/// A civic address. What is absent is not known, and not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CivicAddress {
    /// `country`: two capital letters (ISO 3166-1).
    pub country: Option<String>,
    /// `A1`: state, province, region.
    pub state: Option<String>,
    /// `A3`: city.
    pub city: Option<String>,
    /// `PRD`: direction before the street, `NE`.
    pub pre_directional: Option<String>,
    /// `RD`: street, without suffix.
    pub road: Option<String>,
    /// `STS`: what kind of street, `Avenue`.
    pub street_suffix: Option<String>,
    /// `POD`: direction behind the street.
    pub post_directional: Option<String>,
    /// `HNO`: house number, digits only.
    pub house_number: Option<String>,
    /// `HNS`: house number suffix, `A`.
    pub house_number_suffix: Option<String>,
    /// `LOC`: where in the building, in words.
    pub place: Option<String>,
    /// `NAM`: who lives or works there; gateways for emergency line numbers look for theirs here.
    pub name: Option<String>,
    /// `PC`: postal code.
    pub postal_code: Option<String>,
}

impl CivicAddress {
    /// Element names and values of what is known, in the order of the schema (RFC 5139 §4).
    pub fn elements(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let elements = [
            ("country", &self.country),
            ("A1", &self.state),
            ("A3", &self.city),
            ("PRD", &self.pre_directional),
            ("RD", &self.road),
            ("STS", &self.street_suffix),
            ("POD", &self.post_directional),
            ("HNO", &self.house_number),
            ("HNS", &self.house_number_suffix),
            ("LOC", &self.place),
            ("NAM", &self.name),
            ("PC", &self.postal_code),
        ];
        elements.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.elements().next().is_none()
    }

    /// Where an element of this name is kept; nowhere if this program makes nothing of it.
    pub(crate) fn field(&mut self, element: &str) -> Option<&mut Option<String>> {
        Some(match element {
            "country" => &mut self.country,
            "A1" => &mut self.state,
            "A3" => &mut self.city,
            "PRD" => &mut self.pre_directional,
            "RD" => &mut self.road,
            "STS" => &mut self.street_suffix,
            "POD" => &mut self.post_directional,
            "HNO" => &mut self.house_number,
            "HNS" => &mut self.house_number_suffix,
            "LOC" => &mut self.place,
            "NAM" => &mut self.name,
            "PC" => &mut self.postal_code,
            _ => return None,
        })
    }

    /// The address in a line, as people say it.
    pub fn in_words(&self) -> String {
        let join = |parts: &[&Option<String>], between: &str| {
            let known: Vec<&str> = parts.iter().filter_map(|part| part.as_deref()).collect();
            known.join(between)
        };
        let house = join(&[&self.house_number, &self.house_number_suffix], "");
        let street =
            join(&[&self.pre_directional, &self.road, &self.street_suffix, &self.post_directional], " ");
        let street =
            [house, street].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let town = join(&[&self.state, &self.postal_code], " ");
        let country = self.country.clone().unwrap_or_default();
        let city = self.city.clone().unwrap_or_default();
        let (name, place) = (self.name.clone().unwrap_or_default(), self.place.clone().unwrap_or_default());
        let parts = [name, place, street, city, town, country];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
