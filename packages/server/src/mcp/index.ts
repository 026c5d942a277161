/**
 * The Model Context Protocol face, to mount elsewhere or to offer more by.
 *
 * @module
 */
export { createServerFactory, type McpResource, type McpResources, type McpSurface, type ToolCallRecord } from './mcp-server.ts';
export { createSurface, type SurfaceOptions } from './surface.ts';
export { McpMount, type McpMountOptions } from './http-mount.ts';
export { defineTool, effects, type McpTool, type ToolAnswer, type ToolCall, type ToolDefinition } from './tool.ts';
export { tasksExtension, type OngoingKind, type OngoingState } from './tasks-extension.ts';
