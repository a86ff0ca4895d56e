//! A model of the interface of Piper's voices, small enough to be written here: each phoneme sounds for a tenth of a
//! second, as a tone of ten times its id; with speakers, of twenty more for each.

use std::f64::consts::TAU;

/// Samples per second.
pub const RATE_HZ: u32 = 22_050;
/// Samples of a phoneme.
pub const SAMPLES: usize = RATE_HZ as usize / 10;

const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// The bytes of the model; `inputs` is what it says it takes, of `input`, `input_lengths`, `scales` and `sid`.
pub fn model(inputs: &[&str]) -> Vec<u8> {
    let ramp: Vec<u8> = (0..SAMPLES)
        .flat_map(|at| ((TAU * 10.0 * at as f64 / f64::from(RATE_HZ)) as f32).to_le_bytes())
        .collect();
    let whole = |numbers: &[i64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let heard = if inputs.contains(&"sid") { "spoken" } else { "input" };
    let speaker = [
        node("Mul", &["sid", "twenty"], "shift", &[]),
        node("Add", &["input", "shift"], "spoken", &[]),
        field(5, &tensor("twenty", INT64, &[1], &whole(&[20]))),
    ];
    let graph = [
        if heard == "spoken" { speaker.concat() } else { Vec::new() },
        node("Cast", &[heard], "numbers", &attribute("to", FLOAT)),
        node("Reshape", &["numbers", "column"], "ids", &[]),
        node("Mul", &["ids", "ramp"], "angles", &[]),
        // The length of the sounds stands in the middle of the scales; here it is their pitch.
        node("Gather", &["scales", "one"], "pitch", &[]),
        node("Mul", &["angles", "pitch"], "phases", &[]),
        node("Sin", &["phases"], "waves", &[]),
        node("Reshape", &["waves", "flat"], "output", &[]),
        field(2, b"tones"),
        field(5, &tensor("ramp", FLOAT, &[1, SAMPLES as u64], &ramp)),
        field(5, &tensor("column", INT64, &[2], &whole(&[-1, 1]))),
        field(5, &tensor("flat", INT64, &[4], &whole(&[1, 1, 1, -1]))),
        field(5, &tensor("one", INT64, &[], &whole(&[1]))),
        inputs
            .iter()
            .flat_map(|name| {
                field(11, &value(name, if *name == "scales" { FLOAT } else { INT64 }, dimensions(name)))
            })
            .collect(),
        field(12, &value("output", FLOAT, 4)),
    ]
    .concat();
    [number(1, 8), field(8, &number(2, 13)), field(7, &graph)].concat()
}

fn dimensions(input: &str) -> usize {
    if input == "input" { 2 } else { 1 }
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[u8]) -> Vec<u8> {
    let mut node: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    node.extend(field(2, output.as_bytes()));
    node.extend(field(4, operator.as_bytes()));
    node.extend(attributes);
    field(1, &node)
}

fn attribute(name: &str, value: u64) -> Vec<u8> {
    field(5, &[field(1, name.as_bytes()), number(3, value), number(20, 2)].concat())
}

fn tensor(name: &str, kind: u64, shape: &[u64], raw: &[u8]) -> Vec<u8> {
    let mut tensor: Vec<u8> = shape.iter().flat_map(|length| number(1, *length)).collect();
    tensor.extend([number(2, kind), field(8, name.as_bytes()), field(9, raw)].concat());
    tensor
}

/// A value of so many dimensions whose lengths are not known.
fn value(name: &str, kind: u64, dimensions: usize) -> Vec<u8> {
    let shape: Vec<u8> =
        (0..dimensions).flat_map(|at| field(1, &field(2, format!("{name}{at}").as_bytes()))).collect();
    let tensor = [number(1, kind), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

/// A field of a protocol buffer that holds bytes.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field of a protocol buffer that holds a whole number.
fn number(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
