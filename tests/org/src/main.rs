//! Runs a stand-in org by itself: for demos, and for clients written in other languages.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use leadrank_test_org::{Field, Options, Org, Type};
use serde_json::{Map, Value, json};

/// A stand-in Salesforce org on this machine
#[derive(Debug, Parser)]
struct Arguments {
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// CSV exports with API names, each OBJECT=FILE
    #[arg(long = "load", value_name = "OBJECT=FILE")]
    loads: Vec<String>,
    /// Folders of *.field-meta.xml, each OBJECT=DIR
    #[arg(long = "fields", value_name = "OBJECT=DIR")]
    fields: Vec<String>,
    /// Public key (PEM) that lets the JWT bearer flow in
    #[arg(long)]
    public_key: Option<PathBuf>,
    /// Jobs take seconds, as in a real org
    #[arg(long)]
    realistic: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(&arguments))
}

async fn serve(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut options = Options::default();
    if arguments.realistic {
        options.job_takes = Duration::from_secs(3);
    }
    for text in &arguments.fields {
        let (object, folder) = text.split_once('=').ok_or("--fields wants OBJECT=DIR")?;
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if let Some(field) = field(&std::fs::read_to_string(&path)?) {
                options.fields.push((object.to_owned(), field));
            }
        }
    }
    if let Some(path) = &arguments.public_key {
        options.public_key = Some(std::fs::read_to_string(path)?);
    }
    let (id, secret) = (options.client_id.clone(), options.client_secret.clone());
    let org = Org::start_at(options, arguments.port).await?;
    let mut loaded = BTreeMap::new();
    for text in &arguments.loads {
        let (object, file) = text.split_once('=').ok_or("--load wants OBJECT=FILE")?;
        *loaded.entry(object.to_owned()).or_insert(0) += load(&org, object, file)?;
    }
    let hello =
        json!({ "url": org.url, "client_id": id, "client_secret": secret, "loaded": loaded });
    say(&hello.to_string());
    // Until it is killed.
    std::future::pending::<()>().await;
    Ok(())
}

fn say(line: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Reads an export; empty cells are nothing, numbers and yes/no become such.
fn load(org: &Org, object: &str, file: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.headers()?.clone();
    let mut count = 0;
    for line in reader.records() {
        let line = line?;
        let pairs = header
            .iter()
            .zip(&line)
            .filter(|(_, cell)| !cell.is_empty());
        let values: Map<String, Value> = pairs
            .map(|(name, cell)| (name.to_owned(), read(name, cell)))
            .collect();
        org.put(object, values);
        count += 1;
    }
    Ok(count)
}

fn read(name: &str, cell: &str) -> Value {
    let is_moment =
        name == "CreatedDate" || name == "LastModifiedDate" || name.starts_with("Stage_Entered");
    if is_moment {
        let text = cell.replace(' ', "T");
        let text = if text.len() == 10 {
            format!("{text}T00:00:00")
        } else {
            text
        };
        let text = text.trim_end_matches('Z').trim_end_matches("+00:00");
        let text = if text.contains('.') {
            text.to_owned()
        } else {
            format!("{text}.000")
        };
        return format!("{text}+0000").into();
    }
    match cell.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match cell.parse::<f64>() {
            Ok(number)
                if name.contains("Score")
                    || name.contains("Amount")
                    || name.contains("Seconds") =>
            {
                number.into()
            }
            _ => cell.into(),
        },
    }
}

/// A field from its metadata file.
fn field(xml: &str) -> Option<Field> {
    let tag = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    };
    let number = |name: &str| tag(name).and_then(|text| text.parse::<u32>().ok());
    let kind = match tag("type")? {
        "Number" => {
            let (precision, scale) = (number("precision")?, number("scale")?);
            Type::Number(precision - scale, scale)
        }
        "Text" if tag("unique") == Some("true") => Type::UniqueText(number("length")? as usize),
        "Text" | "LongTextArea" => Type::Text(number("length")? as usize),
        "Picklist" => {
            let values = xml.split("<value>").skip(1);
            let names = values.filter_map(|part| {
                let (_, rest) = part.split_once("<fullName>")?;
                Some(rest.split_once("</fullName>")?.0.to_owned())
            });
            Type::Picklist(names.collect())
        }
        "Checkbox" => Type::Checkbox,
        "Date" => Type::Date,
        "DateTime" => Type::DateTime,
        _ => return None,
    };
    Some(Field::new(tag("fullName")?, kind))
}
