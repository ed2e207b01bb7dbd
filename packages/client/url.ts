// The entry `@progimage/client/url`, for pages that show images but send no requests. A test limits its size.
export { type HandledImage, imageUrl } from "./images/image_url.ts";
export { recipe, type RecipeDraft } from "./recipe/recipe_draft.ts";
