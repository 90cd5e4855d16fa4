//! Links as pictures that a phone's camera reads.

/// An SVG, for an `img` of the page.
pub fn svg(text: &str) -> String {
    use qrcode::render::svg::Color;
    let code = qrcode::QrCode::new(text).expect("a link of this server is far below what a QR code holds");
    code.render::<Color>().dark_color(Color("#000")).light_color(Color("#fff")).min_dimensions(200, 200).build()
}
