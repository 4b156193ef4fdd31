//! Small, indented XML in the order it is written.

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// A metadata file under construction.
pub(super) struct Document {
    root: &'static str,
    text: String,
    depth: usize,
}

impl Document {
    pub(super) fn new(root: &'static str) -> Self {
        Document {
            root,
            text: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n"
            ),
            depth: 1,
        }
    }

    /// An element with text.
    pub(super) fn value(&mut self, name: &str, value: impl std::fmt::Display) {
        let value = escaped(&value.to_string());
        self.line(&format!("<{name}>{value}</{name}>"));
    }

    /// An element with elements.
    pub(super) fn group(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.line(&format!("<{name}>"));
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.line(&format!("</{name}>"));
    }

    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    pub(super) fn done(mut self) -> String {
        let root = self.root;
        self.text.push_str(&format!("</{root}>\n"));
        self.text
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            _ => out.push(letter),
        }
    }
    out
}
