//! Pages taken apart. The server escapes every `<` of what it is told, so each one in a page starts a tag.

use std::collections::BTreeMap;

/// An element's tag with what follows it up to the next tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) closing: bool,
    pub(crate) text: String,
}

/// A page.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) tags: Vec<Tag>,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

impl Document {
    pub(crate) fn of(path: &str, html: &str) -> Self {
        let pieces = html.split('<').skip(1);
        let tags = pieces.filter(|piece| !piece.starts_with('!')).map(|piece| tag(path, piece)).collect();
        Self { path: path.to_owned(), tags }
    }

    /// The elements of a name.
    pub(crate) fn elements(&self, name: &str) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.name == name && !tag.closing)
    }

    /// The elements that have an attribute.
    pub(crate) fn with(&self, attribute: &str) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(move |tag| tag.has(attribute))
    }

    /// The text of the elements of a name, their children's included.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for (position, _) in self.tags.iter().enumerate().filter(|(_, tag)| tag.name == name && !tag.closing)
        {
            let inner = self.tags[position..].iter().take_while(|tag| !(tag.name == name && tag.closing));
            texts.push(inner.map(|tag| tag.text.as_str()).collect());
        }
        texts
    }

    /// All that is said.
    pub(crate) fn text(&self) -> String {
        self.tags.iter().map(|tag| tag.text.as_str()).collect()
    }

    /// The exact values under a name, in the order of the page; a unit tells apart what has the same name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let numbers = self.with("data-number").filter(|tag| tag.attribute("data-number") == name);
        numbers.map(|tag| tag.attribute("data-value")).collect()
    }

    /// The part of the page that is swapped under this name.
    pub(crate) fn live(&self, name: &str) -> Self {
        let start = self.tags.iter().position(|tag| tag.attribute("data-live") == name).unwrap();
        let element = &self.tags[start].name;
        let mut depth = 0;
        let length = self.tags[start..].iter().position(|tag| {
            depth += if tag.name == *element { if tag.closing { -1 } else { 1 } } else { 0 };
            depth == 0
        });
        Self { path: self.path.clone(), tags: self.tags[start..start + length.unwrap()].to_vec() }
    }
}

fn tag(path: &str, piece: &str) -> Tag {
    let closing = piece.starts_with('/');
    let piece = piece.trim_start_matches('/');
    let name: String = piece.chars().take_while(|letter| letter.is_ascii_alphanumeric()).collect();
    assert!(!name.is_empty(), "{path}: a `<` that starts no tag: {piece:.60}");
    let mut rest = &piece[name.len()..];
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if let Some(text) = rest.strip_prefix('>') {
            return Tag { name, attributes, closing, text: unescaped(text) };
        }
        let end = rest.find(['=', ' ', '>']).unwrap();
        let attribute = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let (inside, after) = quoted.split_once('"').unwrap();
            value = unescaped(inside);
            rest = after;
        }
        attributes.insert(attribute, value);
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
