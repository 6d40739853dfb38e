// Template messages, put as the flex bubbles that look like them. Source: LINE reference, #template-messages.

const SIZE = "kilo";

/** The flex container that shows a template. */
export function templateToFlex(template) {
  return TEMPLATES[template.type](template);
}

const TEMPLATES = {
  buttons: (template) => card(template, template),
  carousel: (template) => row(template.columns.map((column) => card(column, template))),
  image_carousel: (template) => row(template.columns.map(imageCard)),
  confirm: ({ text, actions }) => ({
    type: "bubble",
    size: "mega",
    body: column([words(text, {})], { paddingAll: "20px" }),
    footer: { type: "box", layout: "horizontal", contents: actions.map(link) },
    styles: { footer: { separator: true } },
  }),
};

function card(content, { imageAspectRatio, imageSize }) {
  const title = content.title ? [words(content.title, { weight: "bold", size: "lg" })] : [];
  const body = column([...title, words(content.text, { margin: title.length ? "sm" : "none", color: "#444444", size: "sm" })], {});
  const bubble = { type: "bubble", size: SIZE, body, footer: column(content.actions.map(link), { spacing: "none" }) };
  if (content.thumbnailImageUrl) {
    bubble.hero = {
      type: "image",
      url: content.thumbnailImageUrl,
      size: "full",
      aspectRatio: imageAspectRatio === "square" ? "1:1" : "1.51:1",
      aspectMode: imageSize === "contain" ? "fit" : "cover",
      backgroundColor: content.imageBackgroundColor ?? "#FFFFFF",
    };
  }
  if (content.defaultAction) body.action = content.defaultAction;
  bubble.styles = { footer: { separator: true } };
  return bubble;
}

function imageCard({ imageUrl, action }) {
  const picture = { type: "image", url: imageUrl, size: "full", aspectRatio: "1:1", aspectMode: "cover", action };
  const label = { ...words(action.label ?? " ", { color: "#ffffff", align: "center", size: "sm" }), wrap: false };
  const band = column([label], { position: "absolute", offsetBottom: "0px", offsetStart: "0px", offsetEnd: "0px" });
  const body = column(action.label ? [picture, { ...band, backgroundColor: "#000000aa", paddingAll: "8px" }] : [picture], {});
  return { type: "bubble", size: "deca", body: { ...body, paddingAll: "0px" } };
}

function row(bubbles) {
  return { type: "carousel", contents: bubbles };
}

function column(contents, properties) {
  return { type: "box", layout: "vertical", contents, ...properties };
}

function words(text, properties) {
  return { type: "text", text, wrap: true, ...properties };
}

function link(action) {
  return { type: "button", style: "link", height: "sm", action };
}
