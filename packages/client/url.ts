// The entry `@progimage/client/url`: for pages that show images and send nothing. A test keeps it small.
export { type HandledImage, imageUrl } from "./images/image_url.ts";
export { recipe, type RecipeDraft } from "./recipe/recipe_draft.ts";
