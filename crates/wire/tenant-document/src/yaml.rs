//! From YAML to values with lines. Sizes, depth and repetition by aliases are bounded.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};

use crate::fault::Faults;
use crate::node::{Content, Node};

/// How deep lists and maps may stand in each other.
const DEEPEST: usize = 16;
/// How many values there may be, those that aliases repeat counted each time.
const MOST_VALUES: usize = 2_000_000;
/// How many aliases there may be.
const MOST_ALIASES: usize = 10_000;
/// How many names a map may have.
const MOST_NAMES: usize = 200;

/// A list or map that is not finished.
enum Open {
    List { line: usize, anchor: usize, items: Vec<Node> },
    Map { line: usize, anchor: usize, entries: Vec<(String, usize, Node)>, key: Option<(String, usize)> },
}

/// What aliases repeat.
struct Anchor {
    node: Node,
    values: usize,
    depth: usize,
}

struct Reader {
    open: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    root: Option<Node>,
    values: usize,
    aliases: usize,
}

/// Reads the one document that a text is.
pub(crate) fn read(text: &str) -> Result<Node, Faults> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut reader = Reader { open: Vec::new(), anchors: HashMap::new(), root: None, values: 0, aliases: 0 };
    let mut documents = 0;
    for next in Parser::with_options(StrInput::new(text), options) {
        let (event, span) = next.map_err(|error| {
            let line = error.marker().line();
            Faults::one(Some(line.max(1)), "document", format!("this is not YAML: {}", error.info()))
        })?;
        let line = span.start.line().max(1);
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                let reason = "a second document begins here; a file describes one tenant";
                return Err(Faults::one(Some(line), "document", reason));
            }
        }
        reader.take(event, line)?;
    }
    reader.root.ok_or_else(|| Faults::one(Some(1), "document", "it is empty; begin with the line tenant:"))
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Faults> {
        let refuse = |reason: &str| Err(Faults::one(Some(line), "document", reason));
        if let Some(tag) = event.tag()
            && tag.is_custom()
        {
            return refuse("tags such as !this mean nothing here; leave it out");
        }
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Comment(..) => Ok(()),
            Event::Scalar(text, style, anchor, _) => {
                let plain = matches!(style, ScalarStyle::Plain);
                self.put(
                    Node { line, content: Content::Scalar { text: text.into_owned(), plain } },
                    anchor,
                    1,
                )
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(Open::List { line, anchor, items: Vec::new() }, line)
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(Open::Map { line, anchor, entries: Vec::new(), key: None }, line)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { line, anchor, items }) => {
                    self.put(Node { line, content: Content::List(items) }, anchor, 1)
                }
                Some(Open::Map { line, anchor, entries, .. }) => {
                    self.put(Node { line, content: Content::Map(entries) }, anchor, 1)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                self.aliases += 1;
                if self.aliases > MOST_ALIASES {
                    return refuse("there are too many aliases; at most 10000");
                }
                let Some(anchor) = self.anchors.get(&anchor) else {
                    return refuse("the alias stands within what it repeats; write the values out");
                };
                // Counted before anything is copied: an alias of aliases of aliases is small on paper only.
                if self.values.saturating_add(anchor.values) > MOST_VALUES {
                    return refuse("the aliases repeat too much; write a smaller document");
                }
                if self.open.len() + anchor.depth > DEEPEST {
                    return refuse("the aliases put lists and maps too deep into each other");
                }
                let (node, values) = (anchor.node.clone(), anchor.values);
                self.put(node, 0, values)
            }
            // The parser may learn to tell more; what it tells today is above.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, line: usize) -> Result<(), Faults> {
        if self.open.len() >= DEEPEST {
            let reason = format!("lists and maps stand more than {DEEPEST} deep in each other");
            return Err(Faults::one(Some(line), "document", reason));
        }
        self.open.push(open);
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Faults> {
        self.values += size;
        if self.values > MOST_VALUES {
            let reason = format!(
                "there are more than {MOST_VALUES} values, those that aliases repeat counted each time"
            );
            return Err(Faults::one(Some(node.line), "document", reason));
        }
        if anchor != 0 {
            let (values, depth) = extent(&node);
            self.values += values;
            self.anchors.insert(anchor, Anchor { node: node.clone(), values, depth });
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((name, line)) => entries.push((name, line, node)),
                None => {
                    let line = node.line;
                    let Content::Scalar { text, .. } = node.content else {
                        return Err(Faults::one(
                            Some(line),
                            "document",
                            "a name is text, and no list or map",
                        ));
                    };
                    if entries.len() >= MOST_NAMES {
                        let reason = format!("there are more than {MOST_NAMES} names in one map");
                        return Err(Faults::one(Some(line), "document", reason));
                    }
                    if entries.iter().any(|(name, _, _)| *name == text) {
                        let reason = format!("{text} is said twice; keep one of them");
                        return Err(Faults::one(Some(line), "document", reason));
                    }
                    *key = Some((text, line));
                }
            },
        }
        Ok(())
    }
}

/// How many values there are, and how deep they stand in each other.
fn extent(node: &Node) -> (usize, usize) {
    let within = |values: &mut dyn Iterator<Item = &Node>| {
        values
            .map(extent)
            .fold((1, 1), |(sum, deepest), (values, depth)| (sum + values + 1, deepest.max(depth + 1)))
    };
    match &node.content {
        Content::Scalar { .. } => (1, 0),
        Content::List(items) => within(&mut items.iter()),
        Content::Map(entries) => within(&mut entries.iter().map(|(_, _, value)| value)),
    }
}
